/** The tab Gates: what they would say of a promotion to the champion. */

import React from 'react';

import { useMlops } from '../../ui/hooks';
import { Empty, Failed, Loading } from '../../ui/states';
import { GateList } from '../gatelist';
import { useGates } from '../queries';
import { CHAMPION, gatesText } from '../words';

export function GatesTab(props: { model: string; version: number }): React.JSX.Element {
  const { trans } = useMlops();
  const asked = useGates(props.model, props.version, CHAMPION);
  if (asked.error) {
    return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  }
  if (asked.data === undefined) {
    return <Loading what={trans.__('Asking the gates…')} />;
  }
  const { gates, is_open: isOpen, champion } = asked.data;
  if (gates.length === 0) {
    return <Empty>{trans.__('This model has no gates: every version may be promoted.')}</Empty>;
  }
  return (
    <>
      <p className={`jp-MlopsVerdict jp-mod-${isOpen ? 'pass' : 'fail'}`} role="status">
        <b>
          <span aria-hidden="true">{isOpen ? '✓' : '✗'}</span>{' '}
          {isOpen ? trans.__('May be promoted to champion') : trans.__('May not be promoted to champion')}
        </b>{' '}
        <span className="jp-MlopsHint">
          {gatesText(gates, trans)}
          {champion === null ? '' : ` · ${trans.__('compared with v%1', champion)}`}
        </span>
        <button type="button" className="jp-MlopsLink" onClick={() => void asked.refetch()}>
          {asked.isFetching ? trans.__('Checking…') : trans.__('Check again')}
        </button>
      </p>
      <GateList gates={gates} />
    </>
  );
}

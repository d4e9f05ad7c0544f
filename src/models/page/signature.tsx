/** The tab Signature: what the model takes and gives, and an example of it. */

import React from 'react';

import type { Form } from '../../api/client';
import { Copy } from '../../ui/copy';
import { useMlops } from '../../ui/hooks';
import { Empty } from '../../ui/states';
import { literal } from '../../ui/words';
import { laidOut, typeText } from '../words';

/** An example longer than this is cut in the page; copied it is whole. */
const LONG = 20_000;

export function Columns(props: {
  title: string;
  columns: readonly Form<'Column'>[];
  /** What a model gives is not asked of anybody. */
  isGiven?: boolean;
}): React.JSX.Element | null {
  const { trans } = useMlops();
  const { title, columns, isGiven = false } = props;
  if (columns.length === 0) {
    return null;
  }
  const hasDefaults = columns.some(column => column.default !== null && column.default !== undefined);
  return (
    <table className="jp-MlopsTable jp-MlopsColumns">
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">{trans.__('name')}</th>
          <th scope="col">{trans.__('type')}</th>
          {isGiven ? null : <th scope="col">{hasDefaults ? trans.__('default') : trans.__('needed')}</th>}
        </tr>
      </thead>
      <tbody>
        {columns.map((column, index) => (
          <tr key={index}>
            <th scope="row">{column.name ?? trans.__('(no name)')}</th>
            <td>
              <code>{typeText(column)}</code>
            </td>
            {isGiven ? null : (
              <td>
                {hasDefaults
                  ? literal(column.default)
                  : column.is_required
                    ? trans.__('yes')
                    : trans.__('no')}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function SignatureTab(props: { detail: Form<'VersionDetail'> }): React.JSX.Element {
  const { trans } = useMlops();
  const { signature, example, unreadable } = props.detail;
  const text = example === null || example === undefined ? '' : laidOut(example);
  return (
    <>
      {signature === null ? (
        <Empty>
          {unreadable === ''
            ? trans.__('This version has no signature. Give ')
            : trans.__('The signature cannot be read: %1. Give ', unreadable)}
          <code>signature=</code> {trans.__('or')} <code>input_example=</code>{' '}
          {trans.__('when the model is logged.')}
        </Empty>
      ) : (
        <>
          <Columns title={trans.__('Takes')} columns={signature.inputs} />
          <Columns title={trans.__('Parameters')} columns={signature.params} />
          <Columns title={trans.__('Gives')} columns={signature.outputs} isGiven />
        </>
      )}
      {text === '' ? null : (
        <section aria-label={trans.__('Example')}>
          <h4 className="jp-MlopsTitle">
            {trans.__('Example')} <Copy text={text} what={trans.__('the example')} />
          </h4>
          <pre className="jp-MlopsCode" tabIndex={0} aria-label={trans.__('An example of what it takes')}>
            {text.length > LONG ? `${text.slice(0, LONG)}\n…` : text}
          </pre>
        </section>
      )}
    </>
  );
}

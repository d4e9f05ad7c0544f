/** The section Runs: every run, newest first, filtered. */

import React, { useMemo, useState } from 'react';

import { useMlops, useQuiet } from '../ui/hooks';
import { Section } from '../ui/section';
import { Empty, Failed, Loading } from '../ui/states';
import { Chosen } from './chosen';
import { Filter } from './filter';
import type { IFilter } from './list';
import { Rows } from './rows';
import { useRunList } from './source';

export function RunsSection(): React.JSX.Element {
  const { trans } = useMlops();
  const [typed, setTyped] = useState<IFilter>({ q: '', status: '' });
  const q = useQuiet(typed.q.trim(), 200);
  const filter = useMemo(() => ({ q, status: typed.status }), [q, typed.status]);
  const list = useRunList(filter);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const isFiltered = filter.q !== '' || filter.status !== '';
  const chosen = list.rows.filter(row => selected.has(row.id)).map(row => row.id);
  return (
    <Section
      name="runs"
      title={trans.__('Runs')}
      isEmpty={list.rows.length === 0 && list.error === null && !isFiltered}
      isGreedy
      aside={<Filter filter={typed} onFilter={setTyped} />}
    >
      {list.error && list.rows.length === 0 ? (
        <Failed error={list.error} retry={() => void list.renew()} />
      ) : null}
      {!list.isReady && list.error === null ? <Loading /> : null}
      {list.isReady && list.rows.length === 0 && list.error === null ? (
        <Empty>
          {isFiltered ? (
            <>
              <p>{trans.__('No run is like this.')}</p>
              <button
                type="button"
                className="jp-MlopsButton"
                onClick={() => {
                  setTyped({ q: '', status: '' });
                }}
              >
                {trans.__('Show all runs')}
              </button>
            </>
          ) : (
            trans.__(
              'No runs yet. Open a notebook and press Run… above: the run appears here while it works.'
            )
          )}
        </Empty>
      ) : null}
      {chosen.length >= 2 ? (
        <Chosen
          ids={chosen}
          onNone={() => {
            setSelected(new Set());
          }}
        />
      ) : null}
      {list.rows.length > 0 ? <Rows list={list} selected={selected} onSelected={setSelected} /> : null}
    </Section>
  );
}

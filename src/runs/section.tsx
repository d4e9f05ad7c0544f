/** The section Runs: every run, newest first, filtered, as a list of which only the visible rows exist. */

import { useVirtualizer } from '@tanstack/react-virtual';
import React, { useEffect, useMemo, useReducer, useRef, useState } from 'react';

import { ApiError, type Form } from '../api/client';
import type { IHint } from '../api/live';
import { CommandIds } from '../commands';
import type { IMlops } from '../context';
import { useMlops, useNow, useQuiet } from '../ui/hooks';
import { Mark, wordOf } from '../ui/mark';
import { type IEntry, openMenu } from '../ui/menu';
import { Section } from '../ui/section';
import { Empty, Failed, Loading } from '../ui/states';
import { full } from '../ui/words';
import { type IFilter, type IRunSource, RunList } from './list';
import { asideText, isActive, secondText } from './row';

type Row = Form<'RunRow'>;

const ROW_PX = 48;
const PAUSE_MS = 150;

/** Ask the server for rows. */
export function runSource(mlops: IMlops): IRunSource {
  const { client } = mlops;
  return {
    page: (filter, limit, cursor) =>
      client.answer(
        client.http.GET('/mlops/api/v1/runs', {
          params: {
            query: {
              limit,
              ...(cursor === null ? {} : { cursor }),
              ...(filter.q === '' ? {} : { q: filter.q }),
              ...(filter.status === '' ? {} : { status: filter.status })
            }
          }
        })
      ),
    one: async id => {
      try {
        return await client.answer(
          client.http.GET('/mlops/api/v1/runs/{run}', { params: { path: { run: id } } })
        );
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) {
          return null;
        }
        throw error;
      }
    }
  };
}

/** The list of runs, which follows the live hints while it is shown. */
function useRunList(filter: IFilter): RunList {
  const mlops = useMlops();
  const list = useMemo(() => new RunList(runSource(mlops)), [mlops]);
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    list.changed.connect(redraw);
    return () => {
      list.changed.disconnect(redraw);
    };
  }, [list]);
  useEffect(() => {
    void list.show(filter);
  }, [list, filter]);
  useEffect(() => {
    let waiting: IHint[] = [];
    let timer = 0;
    const flush = (): void => {
      const hints = waiting;
      waiting = [];
      void list.follow(hints).finally(() => {
        timer = waiting.length > 0 ? window.setTimeout(flush, PAUSE_MS) : 0;
      });
    };
    const onHint = (_: unknown, hint: IHint): void => {
      waiting.push(hint);
      if (timer === 0) {
        timer = window.setTimeout(flush, PAUSE_MS);
      }
    };
    mlops.live.changed.connect(onHint);
    return () => {
      mlops.live.changed.disconnect(onHint);
      window.clearTimeout(timer);
    };
  }, [mlops, list]);
  return list;
}

function entriesOf(mlops: IMlops, rows: readonly Row[]): (IEntry | null)[] {
  const { app, trans } = mlops;
  const { commands } = app;
  const [run] = rows;
  const ids = rows.map(row => row.id);
  if (run === undefined || rows.length > 1) {
    return [
      {
        label: trans.__('Compare %1 runs', rows.length),
        run: () => void commands.execute(CommandIds.compareRuns, { ids })
      }
    ];
  }
  const { id } = run;
  return [
    { label: trans.__('Open'), run: () => void commands.execute(CommandIds.openRun, { id }) },
    {
      label: trans.__('Compare with the run before'),
      run: () => void compareWithBefore(mlops, run)
    },
    null,
    {
      label: trans.__('Cancel…'),
      isEnabled: isActive(run) && !run.cancel_requested,
      run: () => void commands.execute(CommandIds.cancelRun, { id })
    },
    {
      label: trans.__('Retry…'),
      isEnabled: run.status === 'failed' || run.status === 'cancelled',
      run: () => void commands.execute(CommandIds.retryRun, { id })
    },
    {
      label: trans.__('Delete…'),
      isEnabled: !isActive(run),
      run: () => void commands.execute(CommandIds.deleteRun, { id })
    }
  ];
}

/** Compare a run with the one of the same name before it. */
export async function compareWithBefore(mlops: IMlops, run: Row): Promise<void> {
  const { client, app, trans } = mlops;
  const query = { name: run.name, cursor: run.id, limit: 1 };
  const page = await client.answer(client.http.GET('/mlops/api/v1/runs', { params: { query } }));
  const before = page.runs[0];
  if (before === undefined) {
    const { showDialog, Dialog } = await import('@jupyterlab/apputils');
    await showDialog({
      title: trans.__('There is no earlier run of "%1"', run.name),
      body: trans.__('Select two runs in the list (Ctrl-click) to compare them.'),
      buttons: [Dialog.okButton({ label: trans.__('Close') })]
    });
    return;
  }
  await app.commands.execute(CommandIds.compareRuns, { ids: [before.id, run.id] });
}

function RunRow(props: { run: Row; now: number }): React.JSX.Element {
  const { trans } = useMlops();
  const { run, now } = props;
  const second = secondText(run, now, trans);
  const percent = run.total === 0 ? 0 : Math.round((run.done / run.total) * 100);
  return (
    <>
      <Mark shown={run.status} />
      <span className="jp-MlopsRow-name" title={run.name}>
        {run.name} {run.job ? <span className="jp-MlopsRow-version">{`v${run.job.version}`}</span> : null}
      </span>
      <time className="jp-MlopsRow-aside" title={full(run.created_at)}>
        {asideText(run, now)}
      </time>
      <span className={`jp-MlopsRow-second jp-mod-${run.status}`} title={second}>
        {second}
      </span>
      {isActive(run) ? (
        <span className="jp-MlopsBar" aria-hidden="true">
          <span style={{ width: `${percent}%` }} />
        </span>
      ) : null}
    </>
  );
}

interface IRowsProps {
  readonly list: RunList;
  readonly selected: ReadonlySet<string>;
  readonly onSelected: (ids: ReadonlySet<string>) => void;
}

function Rows(props: IRowsProps): React.JSX.Element {
  const mlops = useMlops();
  const { app, trans } = mlops;
  const { list, selected, onSelected } = props;
  const { rows } = list;
  const box = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  const anchor = useRef<string | null>(null);
  const isTicking = rows.slice(0, 100).some(run => run.status === 'running');
  const now = useNow(isTicking ? 1000 : 30_000);
  const virtual = useVirtualizer({
    count: rows.length + (list.hasMore ? 1 : 0),
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    getItemKey: index => rows[index]?.id ?? 'more'
  });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    // Well before the end, so that scrolling does not wait.
    if (list.hasMore && list.error === null && lastShown >= rows.length - 60) {
      void list.more();
    }
  }, [list, lastShown, rows.length, list.hasMore, list.error]);

  const open = (id: string): void => void app.commands.execute(CommandIds.openRun, { id });
  const range = (from: string | null, to: string): Set<string> => {
    const a = Math.max(
      0,
      rows.findIndex(row => row.id === from)
    );
    const b = rows.findIndex(row => row.id === to);
    return new Set(rows.slice(Math.min(a, b), Math.max(a, b) + 1).map(row => row.id));
  };
  const choose = (id: string, isAdding: boolean, isRange: boolean): void => {
    setActive(id);
    if (isRange) {
      onSelected(range(anchor.current ?? active, id));
      return;
    }
    anchor.current = id;
    const next = new Set(isAdding ? selected : []);
    if (isAdding && selected.has(id)) {
      next.delete(id);
    } else {
      next.add(id);
    }
    onSelected(next);
  };
  const menu = (id: string, x: number, y: number): void => {
    const chosen = selected.has(id) && selected.size > 1 ? rows.filter(row => selected.has(row.id)) : [];
    const run = rows.find(row => row.id === id);
    openMenu(entriesOf(mlops, chosen.length > 1 ? chosen : run ? [run] : []), { x, y });
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const at = rows.findIndex(row => row.id === active);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -Infinity, End: Infinity }[
      event.key
    ];
    if (step !== undefined) {
      const to = Math.min(rows.length - 1, Math.max(0, at + step));
      const row = rows[to];
      if (row !== undefined) {
        virtual.scrollToIndex(to);
        if (event.shiftKey) {
          choose(row.id, false, true);
        } else {
          setActive(row.id);
          anchor.current = row.id;
        }
      }
    } else if (active !== null && event.key === 'Enter') {
      choose(active, false, false);
      open(active);
    } else if (active !== null && event.key === ' ') {
      choose(active, true, false);
    } else if (active !== null && event.key === 'Delete') {
      void app.commands.execute(CommandIds.deleteRun, { id: active });
    } else if (active !== null && (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey))) {
      const row = box.current?.querySelector(`[data-run="${active}"]`)?.getBoundingClientRect();
      menu(active, row?.left ?? 0, row?.bottom ?? 0);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      ref={box}
      className="jp-MlopsRuns"
      role="listbox"
      aria-multiselectable="true"
      aria-label={trans.__('Runs, newest first')}
      aria-activedescendant={active === null ? undefined : `jp-mlops-run-${active}`}
      tabIndex={0}
      onFocus={() => {
        setActive(active ?? rows[0]?.id ?? null);
      }}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" className="jp-MlopsRuns-all" style={{ height: virtual.getTotalSize() }}>
        {items.map(item => {
          const run = rows[item.index];
          const style = { height: item.size, transform: `translateY(${item.start}px)` };
          if (run === undefined) {
            return (
              <div key="more" role="presentation" className="jp-MlopsRuns-more" style={style}>
                {list.error ? (
                  <button type="button" className="jp-MlopsButton" onClick={() => void list.more()}>
                    {trans.__('Retry')}
                  </button>
                ) : (
                  trans.__('Loading…')
                )}
              </div>
            );
          }
          const classes = ['jp-MlopsRow'];
          if (run.id === active) {
            classes.push('jp-mod-active');
          }
          return (
            <div
              key={run.id}
              id={`jp-mlops-run-${run.id}`}
              data-run={run.id}
              data-status={run.status}
              role="option"
              aria-selected={selected.has(run.id)}
              aria-posinset={item.index + 1}
              aria-setsize={list.hasMore ? -1 : rows.length}
              aria-label={`${run.name}, ${wordOf(run.status, trans)}, ${asideText(run, now)}, ${secondText(run, now, trans)}`}
              className={classes.join(' ')}
              style={style}
              onClick={event => {
                const isAdding = event.ctrlKey || event.metaKey;
                choose(run.id, isAdding, event.shiftKey);
                if (!isAdding && !event.shiftKey) {
                  open(run.id);
                }
              }}
              onContextMenu={event => {
                event.preventDefault();
                event.stopPropagation();
                setActive(run.id);
                menu(run.id, event.clientX, event.clientY);
              }}
            >
              <RunRow run={run} now={now} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Filter(props: { filter: IFilter; onFilter: (filter: IFilter) => void }): React.JSX.Element {
  const { trans } = useMlops();
  const { filter, onFilter } = props;
  const statuses: readonly [IFilter['status'], string][] = [
    ['', trans.__('all')],
    ['active', trans.__('active')],
    ['succeeded', trans.__('succeeded')],
    ['failed', trans.__('failed')],
    ['cancelled', trans.__('cancelled')]
  ];
  return (
    <span className="jp-MlopsFilter">
      <input
        type="search"
        className="jp-MlopsInput"
        placeholder={trans.__('filter')}
        aria-label={trans.__('Filter runs by name, parameter, error or id')}
        value={filter.q}
        maxLength={200}
        onChange={event => {
          onFilter({ ...filter, q: event.target.value });
        }}
      />
      <select
        className="jp-MlopsInput"
        aria-label={trans.__('Filter runs by state')}
        value={filter.status}
        onChange={event => {
          onFilter({ ...filter, status: event.target.value as IFilter['status'] });
        }}
      >
        {statuses.map(([status, word]) => (
          <option key={status} value={status}>
            {word}
          </option>
        ))}
      </select>
    </span>
  );
}

export function RunsSection(): React.JSX.Element {
  const { app, trans } = useMlops();
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
        <div className="jp-MlopsChosen" role="status">
          <span>{trans.__('%1 selected', chosen.length)}</span>
          <button
            type="button"
            className="jp-MlopsButton"
            disabled={chosen.length > 10}
            title={chosen.length > 10 ? trans.__('At most 10 runs are compared') : ''}
            onClick={() =>
              // The oldest is what the others are compared with.
              void app.commands.execute(CommandIds.compareRuns, { ids: [...chosen].reverse() })
            }
          >
            {trans.__('Compare')}
          </button>
          <button
            type="button"
            className="jp-MlopsIconButton"
            aria-label={trans.__('Select none')}
            onClick={() => {
              setSelected(new Set());
            }}
          >
            ✕
          </button>
        </div>
      ) : null}
      {list.rows.length > 0 ? <Rows list={list} selected={selected} onSelected={setSelected} /> : null}
    </Section>
  );
}

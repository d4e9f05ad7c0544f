/** The rows of the list, of which only the visible ones exist. */

import { useVirtualizer } from '@tanstack/react-virtual';
import React, { useEffect, useRef, useState } from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { useMlops, useNow } from '../ui/hooks';
import { Mark, wordOf } from '../ui/mark';
import { openMenu } from '../ui/menu';
import { full } from '../ui/words';
import type { RunList } from './list';
import { entriesOf } from './menu';
import { asideText, isActive, secondText } from './row';

type Row = Form<'RunRow'>;

const ROW_PX = 48;

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

/** The list as a listbox: arrows, Shift and Ctrl select, Enter opens, Delete asks. */
export function Rows(props: IRowsProps): React.JSX.Element {
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

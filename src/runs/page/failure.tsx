/** Why something failed: what happened, where, what to do, and on demand the rest. */

import React, { useLayoutEffect, useRef, useState } from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { cellText } from '../../ui/cells';
import { useMlops } from '../../ui/hooks';
import { shownLine } from './log';

function plain(text: string): string {
  return text.split('\n').map(shownLine).join('\n');
}

/** Whether a child of a box does not fit into the lines that it is cut to; measured again when the box changes its width. */
function useIsCut(box: React.RefObject<HTMLElement>, text: string, isWhole: boolean): boolean {
  const [isCut, setCut] = useState(false);
  useLayoutEffect(() => {
    const node = box.current;
    if (node === null || isWhole) {
      return undefined;
    }
    const measure = (): void => {
      setCut([...node.children].some(child => child.scrollHeight > child.clientHeight + 1));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    return () => {
      observer.disconnect();
    };
  }, [box, text, isWhole]);
  return isCut;
}

/** What can be opened below the message: the last lines that the step printed, and the traceback. */
type More = 'output' | 'traceback';

/**
 * The message and the hint are cut to a few lines, so that the place, the last output and the traceback always have room below
 * them. The block has one scroller, and only while something is open.
 */
export function FailureBlock(props: { failure: Form<'Failure'>; path: string | null }): React.JSX.Element {
  const { app, trans } = useMlops();
  const { failure, path } = props;
  const { cell, line } = failure;
  const [open, setOpen] = useState<More | null>(null);
  const [isWhole, setWhole] = useState(false);
  const message = plain(failure.message);
  const text = useRef<HTMLDivElement>(null);
  const isCut = useIsCut(text, `${message}${failure.hint}`, isWhole);
  const place = cell === null ? '' : cellText(trans, cell, line);
  const toggle = (what: More, label: string): React.JSX.Element => (
    <button
      type="button"
      className="jp-MlopsLink"
      aria-expanded={open === what}
      onClick={() => {
        setOpen(open === what ? null : what);
      }}
    >
      <span aria-hidden="true">{open === what ? '▾' : '▸'} </span>
      {label}
    </button>
  );
  const shown =
    open === 'output' ? failure.last_output.join('\n') : open === 'traceback' ? failure.traceback : null;
  const isOpen = isWhole || shown !== null;
  return (
    <div
      className={`jp-MlopsFailure${isOpen ? ' jp-mod-open' : ''}`}
      role="group"
      aria-label={trans.__('Error')}
      tabIndex={isOpen ? 0 : undefined}
    >
      <div ref={text} className={`jp-MlopsFailure-text${isWhole ? ' jp-mod-whole' : ''}`}>
        <div className="jp-MlopsFailure-message">
          <span aria-hidden="true">✗ </span>
          {message}
        </div>
        {failure.hint ? <div className="jp-MlopsHint">{failure.hint}</div> : null}
      </div>
      <div className="jp-MlopsFailure-verbs">
        {cell === null ? null : path === null ? (
          <span>{place}</span>
        ) : (
          <button
            type="button"
            className="jp-MlopsLink"
            onClick={() => void app.commands.execute(CommandIds.openCell, { path, cell, line })}
          >
            {trans.__('Go to %1', place)}
          </button>
        )}
        {failure.last_output.length > 0 ? toggle('output', trans.__('Last output')) : null}
        {failure.traceback ? toggle('traceback', trans.__('Traceback')) : null}
        {isCut || isWhole ? (
          <button
            type="button"
            className="jp-MlopsLink"
            aria-expanded={isWhole}
            onClick={() => {
              setWhole(!isWhole);
            }}
          >
            {isWhole ? trans.__('Show less') : trans.__('Show the whole message')}
          </button>
        ) : null}
      </div>
      {shown === null ? null : <pre>{plain(shown)}</pre>}
    </div>
  );
}

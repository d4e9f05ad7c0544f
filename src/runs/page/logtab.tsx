/** The tab Log: follows what a step prints; only the visible lines exist. */

import { useVirtualizer } from '@tanstack/react-virtual';
import React, { useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from 'react';

import type { IMlops } from '../../context';
import { Copy } from '../../ui/copy';
import { useMlops, useQuiet } from '../../ui/hooks';
import { Failed, Loading } from '../../ui/states';
import { count, size } from '../../ui/words';
import { LogReader, type LogSource } from './log';
import { LogLine } from './logline';

const LINE_PX = 18;

/** Ask the server for pieces of a step's log. */
export function logSource(mlops: IMlops, id: string, step: string, attempt: number | null): LogSource {
  return async (range, waitS, signal) => {
    const query = {
      step,
      ...(attempt === null ? {} : { attempt: String(attempt) }),
      ...(waitS === 0 ? {} : { wait_s: String(waitS) })
    };
    const response = await mlops.client.raw(`runs/${id}/log`, query, {
      signal,
      headers: { Range: `bytes=${range}` }
    });
    const isPiece = response.status !== 416 && response.status !== 204;
    const bytes = isPiece ? new Uint8Array(await response.arrayBuffer()) : new Uint8Array();
    const [, from, total] =
      /bytes (\d+|\*)(?:-\d+)?\/(\d+)/.exec(response.headers.get('Content-Range') ?? '') ?? [];
    const whole = Number(total ?? bytes.length);
    return {
      bytes,
      start: from === undefined ? 0 : from === '*' ? whole : Number(from),
      size: whole,
      isComplete: response.headers.get('X-Mlops-Complete') === 'true',
      attempt: response.headers.get('X-Mlops-Attempt') ?? ''
    };
  };
}

/** A reader that follows while the log can be seen. */
function useLog(source: LogSource, box: React.RefObject<HTMLElement>): LogReader {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const reader = useMemo(() => new LogReader(source, redraw), [source]);
  useEffect(() => {
    const observer = new IntersectionObserver(entries => {
      if (entries.at(-1)?.isIntersecting) {
        void reader.follow();
      } else {
        reader.stop();
      }
    });
    if (box.current) {
      observer.observe(box.current);
    }
    return () => {
      observer.disconnect();
      reader.stop();
    };
  }, [reader, box]);
  return reader;
}

export function LogTab(props: { id: string; step: string; attempt: number | null }): React.JSX.Element {
  const mlops = useMlops();
  const { client, trans } = mlops;
  const { id, step, attempt } = props;
  const frame = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const source = useMemo(() => logSource(mlops, id, step, attempt), [mlops, id, step, attempt]);
  const reader = useLog(source, frame);
  const { text } = reader;
  const [isFollowing, setFollowing] = useState(true);
  const [typed, setTyped] = useState('');
  const query = useQuiet(typed.toLowerCase(), 200);
  // The line, not its place among what was found: both ends of the log grow.
  const [hitLine, setHitLine] = useState<number | null>(null);
  const virtual = useVirtualizer({
    count: text.count,
    getScrollElement: () => box.current,
    estimateSize: () => LINE_PX,
    overscan: 20
  });

  const hits = useMemo(() => {
    const found: number[] = [];
    if (query !== '') {
      for (let index = 0; index < text.count; index++) {
        if (text.line(index).toLowerCase().includes(query)) {
          found.push(index);
        }
      }
    }
    return found;
  }, [query, text, text.count]);

  const hit = hitLine === null ? 0 : Math.max(0, hits.indexOf(hitLine));
  const moved = (came: number): void => {
    setHitLine(line => (line === null ? null : line + came));
  };
  const goTo = (which: number): void => {
    const line = hits[(which + hits.length) % hits.length];
    if (line !== undefined) {
      setHitLine(line);
      setFollowing(false);
      virtual.scrollToIndex(line, { align: 'center' });
    }
  };
  // What is found first is shown at once; more of the log that comes meanwhile moves nothing.
  useEffect(() => {
    setHitLine(null);
    if (query !== '' && hits.length > 0) {
      goTo(0);
    }
  }, [query]);

  useLayoutEffect(() => {
    if (isFollowing && text.count > 0) {
      virtual.scrollToIndex(text.count - 1, { align: 'end' });
    }
  }, [isFollowing, text.count, reader.isReady, virtual]);

  const earlier = async (bytes?: number): Promise<void> => {
    const came = await reader.earlier(bytes);
    if (came > 0 && box.current) {
      box.current.scrollTop += came * LINE_PX;
    }
    moved(came);
  };
  const all = async (): Promise<void> => {
    // Each piece is shown as it comes.
    for (let came = -1; reader.text.start > 0 && came !== 0;) {
      came = await reader.earlier(4 * 1024 * 1024);
      moved(came);
    }
  };

  const address = client.address(`runs/${id}/log`, {
    step,
    ...(attempt === null ? {} : { attempt: String(attempt) })
  });
  const isCut = text.start > 0;
  const state = [
    reader.error && reader.isReady
      ? trans.__('connection lost, trying again')
      : text.isComplete
        ? trans.__('complete')
        : trans.__('following'),
    isCut
      ? trans.__('last %1 lines (%2 of %3)', count(text.count), size(text.end - text.start), size(text.size))
      : // %1 is the number itself, without commas.
        trans._n('%2 line', '%2 lines', text.count, count(text.count))
  ].join(' · ');

  return (
    <div ref={frame} className="jp-MlopsLog">
      <div className="jp-MlopsLog-tools">
        <input
          type="search"
          className="jp-MlopsInput"
          placeholder={trans.__('search')}
          aria-label={trans.__('Search the log')}
          value={typed}
          onChange={event => {
            setTyped(event.target.value);
          }}
          onKeyDown={event => {
            if (event.key === 'Enter') {
              goTo(event.shiftKey ? hit - 1 : hit + 1);
            }
          }}
        />
        {query === '' ? null : (
          <span role="status">
            {hits.length === 0
              ? trans.__('not found')
              : trans.__('%1 of %2', count(hit + 1), count(hits.length))}
          </span>
        )}
        {query === '' || hits.length === 0 ? null : (
          <>
            <button
              type="button"
              className="jp-MlopsIconButton"
              aria-label={trans.__('Previous')}
              onClick={() => {
                goTo(hit - 1);
              }}
            >
              ↑
            </button>
            <button
              type="button"
              className="jp-MlopsIconButton"
              aria-label={trans.__('Next')}
              onClick={() => {
                goTo(hit + 1);
              }}
            >
              ↓
            </button>
          </>
        )}
        {query !== '' && isCut ? (
          <button type="button" className="jp-MlopsLink" onClick={() => void all()}>
            {trans.__('search all of it')}
          </button>
        ) : null}
        <span className="jp-MlopsLog-space" />
        <Copy
          text={() => text.lines.join('\n')}
          what={isCut ? trans.__('the last %1 lines', count(text.count)) : trans.__('the log')}
          word={trans.__('copy')}
          isLink
        />
        <a className="jp-MlopsLink" href={address} download={`${step}.log.txt`}>
          {trans.__('save')}
        </a>
      </div>
      {reader.error && !reader.isReady ? (
        <Failed error={reader.error} retry={() => void reader.follow()} />
      ) : null}
      {!reader.isReady && !reader.error ? <Loading /> : null}
      <div
        ref={box}
        className="jp-MlopsLog-lines"
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={trans.__('Log of step %1', step)}
        onScroll={event => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          setFollowing(scrollHeight - scrollTop - clientHeight < 2 * LINE_PX);
          if (scrollTop < 20 * LINE_PX && isCut && scrollHeight > clientHeight) {
            void earlier();
          }
        }}
      >
        {reader.isReady && text.count === 0 ? (
          <div className="jp-MlopsNote">
            {text.isComplete ? trans.__('The step printed nothing.') : trans.__('Nothing printed yet.')}
          </div>
        ) : null}
        <div className="jp-RenderedText jp-MlopsLog-text">
          <pre className="jp-MlopsLog-all" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(item => (
              <LogLine
                key={item.key}
                line={text.colored(item.index)}
                query={query}
                isHit={hitLine === item.index}
                top={item.start}
              />
            ))}
          </pre>
        </div>
      </div>
      <div className="jp-MlopsLog-state">
        <span>{state}</span>
        {isFollowing || text.count === 0 ? null : (
          <button
            type="button"
            className="jp-MlopsLink"
            onClick={() => {
              setFollowing(true);
            }}
          >
            {trans.__('to the end ↓')}
          </button>
        )}
      </div>
    </div>
  );
}

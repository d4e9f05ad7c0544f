/** The smaller tabs of a deployment: how others ask it, its logs, what happened. */

import React, { useLayoutEffect, useRef, useState } from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { CommandLink } from '../../models/page/facts';
import { Copy } from '../../ui/copy';
import { useMlops, useNow } from '../../ui/hooks';
import { Empty, Failed, Loading } from '../../ui/states';
import { Ticked } from '../../ui/ticked';
import { full, since } from '../../ui/words';
import { LOG_LINES, useLog } from '../queries';

function Snippet(props: { title: string; text: string }): React.JSX.Element {
  const { trans } = useMlops();
  const { title, text } = props;
  return (
    <section aria-label={title}>
      <h4 className="jp-MlopsTitle">
        {title} <Copy text={text} what={trans.__('the %1 snippet', title)} word={trans.__('Copy')} />
      </h4>
      <pre className="jp-MlopsCode" tabIndex={0} aria-label={title}>
        {text}
      </pre>
    </section>
  );
}

export function SnippetsTab(props: { deployment: Form<'DeploymentDetail'> }): React.JSX.Element {
  const { trans } = useMlops();
  const { name, snippets } = props.deployment;
  return (
    <>
      <p className="jp-MlopsHint jp-MlopsPad">
        <code>$TOKEN</code>{' '}
        {trans.__('stands for the token, which was shown when the deployment was made. Lost?')}{' '}
        <CommandLink command={CommandIds.newToken} args={{ name }}>
          {trans.__('Make a new one…')}
        </CommandLink>
      </p>
      <Snippet title="curl" text={snippets.curl} />
      <Snippet title="Python" text={snippets.python} />
    </>
  );
}

export function LogTab(props: { deployment: Form<'DeploymentDetail'>; isSeen: boolean }): React.JSX.Element {
  const { trans } = useMlops();
  const { deployment, isSeen } = props;
  const [version, setVersion] = useState<number | null>(null);
  const asked = useLog(deployment.name, version, isSeen);
  const box = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  const text = asked.data?.text ?? '';
  useLayoutEffect(() => {
    if (box.current && isAtEnd.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [text]);
  return (
    <div className="jp-MlopsServing-log">
      <label className="jp-MlopsHint jp-MlopsPad">
        {trans.__('of')}{' '}
        <select
          className="jp-MlopsInput"
          value={version ?? 0}
          onChange={event => {
            setVersion(Number(event.target.value) || null);
            isAtEnd.current = true;
          }}
        >
          <option value={0}>{trans.__('the deployment')}</option>
          {deployment.versions.map(each => (
            <option key={each.version} value={each.version}>
              {`v${each.version}`}
            </option>
          ))}
        </select>
        {asked.data?.is_cut ? ` ${trans.__('the last %1 lines', LOG_LINES)}` : ''}
      </label>
      {asked.error && asked.data === undefined ? (
        <Failed error={asked.error} retry={() => void asked.refetch()} />
      ) : null}
      {asked.isPending ? <Loading /> : null}
      {asked.data !== undefined && text === '' ? <Empty>{trans.__('It wrote nothing yet.')}</Empty> : null}
      {text === '' ? null : (
        <pre
          ref={box}
          className="jp-MlopsCode"
          tabIndex={0}
          aria-label={trans.__('The log')}
          onScroll={event => {
            const { scrollTop, clientHeight, scrollHeight } = event.currentTarget;
            isAtEnd.current = scrollTop + clientHeight >= scrollHeight - 8;
          }}
        >
          {text}
        </pre>
      )}
    </div>
  );
}

export function EventsTab(props: { deployment: Form<'DeploymentDetail'> }): React.JSX.Element {
  const { trans } = useMlops();
  const { events } = props.deployment;
  const now = useNow(30_000);
  if (events.length === 0) {
    return <Empty>{trans.__('Nothing happened yet.')}</Empty>;
  }
  return (
    <ol className="jp-MlopsMoves">
      {[...events]
        .sort((a, b) => b.seq - a.seq)
        .map(event => (
          <li key={event.seq} className="jp-MlopsMove" data-kind={event.kind}>
            <div className="jp-MlopsMove-line">
              <b>{event.kind.replaceAll('_', ' ')}</b>
              <span className="jp-MlopsHint">
                <time title={full(event.at)}>{since(event.at, now)}</time>
              </span>
            </div>
            {event.message === '' ? null : (
              <div className="jp-MlopsMove-reason">
                <Ticked text={event.message} />
              </div>
            )}
          </li>
        ))}
    </ol>
  );
}

/** The tab About: where a version came from, how it is written, where it is served. */

import React from 'react';

import type { Form } from '../../api/client';
import { Copy } from '../../ui/copy';
import { useMlops } from '../../ui/hooks';
import { Pairs } from '../../ui/pairs';
import { full, size } from '../../ui/words';
import { CommandLink, DeploymentLinks, OriginLink } from './facts';
import { Description } from './head';

type Detail = Form<'VersionDetail'>;

/** Our own tags say what the page says already. */
function isForeign(tag: string): boolean {
  return !tag.startsWith('mlops.') && !tag.startsWith('mlflow.');
}

function Formats(props: { detail: Detail }): React.JSX.Element {
  const { trans } = useMlops();
  const { formats, size: bytes, unreadable } = props.detail;
  return (
    <table className="jp-MlopsTable jp-MlopsFormats">
      <caption>{trans.__('Files, %1', size(bytes))}</caption>
      <tbody>
        {formats.map(format => (
          <tr key={format.file}>
            <th scope="row">{format.file}</th>
            <td>
              {format.name}
              {format.is_code ? (
                <span className="jp-MlopsChip" title={trans.__('Reading this file runs code that is in it')}>
                  <span aria-hidden="true">▲</span> {trans.__('runs code when it is loaded')}
                </span>
              ) : null}
              {format.note === '' ? null : <div className="jp-MlopsHint">{format.note}</div>}
            </td>
            <td>{size(format.size)}</td>
          </tr>
        ))}
        {formats.length === 0 ? (
          <tr>
            <th scope="row">{unreadable === '' ? trans.__('nothing was scanned') : unreadable}</th>
          </tr>
        ) : null}
      </tbody>
    </table>
  );
}

function Id(props: { id: string }): React.JSX.Element {
  return <code title={props.id}>{props.id.slice(0, 12)}</code>;
}

function Notebook(props: { origin: Form<'Origin'> }): React.JSX.Element {
  const { path, notebook } = props.origin;
  return path === null ? (
    <>{notebook ?? '–'}</>
  ) : (
    <CommandLink command="docmanager:open" args={{ path }}>
      {path}
    </CommandLink>
  );
}

export function AboutTab(props: { detail: Detail; row: Form<'VersionRow'> }): React.JSX.Element {
  const { trans } = useMlops();
  const { detail, row } = props;
  const { origin } = detail;
  const tags = Object.entries(detail.tags).filter(([tag]) => isForeign(tag));
  const rows: [string, React.ReactNode][] = [
    [trans.__('run'), <OriginLink key="run" origin={origin} />],
    [trans.__('job'), origin.job === null ? null : `${origin.job} v${origin.job_version ?? ''}`],
    [trans.__('notebook'), <Notebook key="notebook" origin={origin} />],
    [trans.__('commit'), origin.git_commit === null ? null : <Id key="commit" id={origin.git_commit} />],
    [
      trans.__('MLflow run'),
      origin.mlflow_run === null ? null : (
        <React.Fragment key="mlflow">
          <Id id={origin.mlflow_run} />
          <Copy text={origin.mlflow_run} what={trans.__('the id of the MLflow run')} />
        </React.Fragment>
      )
    ],
    [trans.__('made'), row.created_at === null ? null : full(row.created_at)],
    [trans.__('by'), row.author],
    [trans.__('flavor'), detail.flavors.join(', ') || null],
    [
      trans.__('served by'),
      row.deployments.length === 0 ? trans.__('no deployment') : <DeploymentLinks names={row.deployments} />
    ],
    [trans.__('source'), <code key="source">{detail.source}</code>]
  ];
  return (
    <>
      <Description text={row.description} />
      <Pairs rows={rows} />
      <Formats detail={detail} />
      {tags.length === 0 ? null : <Pairs caption={trans.__('Tags')} rows={tags} />}
      {detail.requirements.length === 0 ? null : (
        <details className="jp-MlopsGate-evidence">
          <summary>
            {trans._n(
              '%1 required package',
              '%1 required packages',
              detail.requirements.length,
              detail.requirements.length
            )}
          </summary>
          <pre className="jp-MlopsCode" tabIndex={0} aria-label={trans.__('Required packages')}>
            {detail.requirements.join('\n')}
          </pre>
        </details>
      )}
    </>
  );
}

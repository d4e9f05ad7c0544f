/** The page of a version of a job: what was frozen, and what differs from another version. */

import React, { useEffect, useState } from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { Fact } from '../models/page/facts';
import { Diff } from '../runs/compare/diff';
import { Frame, useAsked } from '../ui/frame';
import { useIsLight, useMlops, useNow } from '../ui/hooks';
import type { Host } from '../ui/host';
import { mlopsIcon } from '../ui/icons';
import { Empty, Failed, Loading } from '../ui/states';
import { full, literal, since } from '../ui/words';
import { useJob, useJobComparison } from './queries';

type Version = Form<'JobVersion'>;

function Head(props: { version: Version; newest: number }): React.JSX.Element {
  const { app, client, trans } = useMlops();
  const { version, newest } = props;
  const { name, number, path } = version;
  const now = useNow(60_000);
  return (
    <div className="jp-MlopsHead">
      <div className="jp-MlopsHead-first">
        <h2 title={name}>{`${name} v${number}`}</h2>
        <span className="jp-MlopsPill">
          {number === newest ? trans.__('the newest') : trans.__('the newest is v%1', newest)}
        </span>
        <span className="jp-MlopsHead-buttons">
          <button
            type="button"
            className="jp-MlopsButton jp-mod-mlopsMain"
            onClick={() => void app.commands.execute(CommandIds.runJob, { job: `${name}@${number}` })}
          >
            {trans.__('Run v%1…', number)}
          </button>
          <a
            className="jp-MlopsButton"
            href={client.address(`jobs/${encodeURIComponent(name)}/versions/${number}/notebook`)}
            download={`${name}@${number}.ipynb`}
          >
            {trans.__('Save as notebook')}
          </a>
        </span>
      </div>
      <div className="jp-MlopsFacts">
        <Fact name={trans.__('promoted')} title={full(version.created_at)}>
          {since(version.created_at, now)}
        </Fact>
        <Fact name={trans.__('from')} title={version.notebook}>
          {path === null ? (
            version.notebook.split('/').pop()
          ) : (
            <button
              type="button"
              className="jp-MlopsLink"
              onClick={() => void app.commands.execute('docmanager:open', { path })}
            >
              {path.split('/').pop()}
            </button>
          )}
          {version.git_commit === null
            ? ''
            : ` @ ${version.git_commit.slice(0, 7)}${version.git_dirty === true ? '+' : ''}`}
        </Fact>
        <Fact name={trans.__('steps')} title={version.steps.join(', ')}>
          {version.steps.length}
        </Fact>
        {version.declared.map(parameter => (
          <Fact key={parameter.name} name={parameter.name}>
            {parameter.required ? trans.__('asked for') : literal(parameter.default)}
          </Fact>
        ))}
      </div>
      {version.note === '' ? null : <div className="jp-MlopsDescription">{version.note}</div>}
    </div>
  );
}

function Compared(props: { job: string; against: number; number: number }): React.JSX.Element {
  const { trans } = useMlops();
  const { job, against, number } = props;
  const asked = useJobComparison(job, against, number);
  if (asked.error) {
    return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  }
  if (asked.data === undefined) {
    return <Loading />;
  }
  const { parameters, steps, has_sources: hasSources } = asked.data;
  const differing = parameters.filter(each => each.differs);
  const changed = steps.filter(step => step.change !== 'same');
  return (
    <div className="jp-MlopsCompare">
      <section aria-label={trans.__('Parameters')}>
        <h3>{trans.__('Parameters')}</h3>
        {differing.length === 0 ? (
          <Empty>{trans.__('The defaults of all parameters are the same.')}</Empty>
        ) : (
          <table className="jp-MlopsTable jp-MlopsSideBySide">
            <thead>
              <tr>
                <th scope="col">{trans.__('parameter')}</th>
                <th scope="col">{`v${against}`}</th>
                <th scope="col">{`v${number}`}</th>
              </tr>
            </thead>
            <tbody>
              {differing.map(each => (
                <tr key={each.name} className="jp-mod-differs">
                  <th scope="row">{each.name}</th>
                  {each.values.map((value, index) => (
                    <td key={index}>{literal(value)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <section aria-label={trans.__('Notebook')}>
        <h3>{trans.__('Notebook')}</h3>
        {!hasSources ? (
          <Empty>
            {trans.__('The files of one of the versions are damaged, so their code cannot be compared.')}
          </Empty>
        ) : changed.length === 0 ? (
          <Empty>{trans.__('The code of all steps is the same.')}</Empty>
        ) : null}
        {changed.map(step => (
          <Diff key={step.name} step={step} letter={`v${number}`} />
        ))}
      </section>
    </div>
  );
}

function Loaded(props: {
  job: Form<'JobDetail'>;
  number: number;
  host: Host;
  first: number;
}): React.JSX.Element {
  const { client, trans } = useMlops();
  const { job, number, host, first } = props;
  const [against, setAgainst] = useState(first);
  const isLight = useIsLight();
  useAsked(host, 'mlops-against', Number, setAgainst);
  const version = job.versions.find(each => each.number === number);
  if (version === undefined) {
    return <Empty>{trans.__('The job "%1" has no version %2.', job.name, number)}</Empty>;
  }
  const others = job.versions.filter(each => each.number !== number);
  const report = client.address(`jobs/${encodeURIComponent(job.name)}/versions/${number}/report`, {
    theme: isLight ? 'light' : 'dark'
  });
  return (
    <div className="jp-MlopsRunPage" data-job={`${job.name}@${number}`}>
      <Head version={version} newest={job.versions[0]?.number ?? number} />
      <label className="jp-MlopsJobPage-choice">
        {trans.__('Show')}{' '}
        <select
          className="jp-MlopsInput"
          value={against}
          onChange={event => {
            setAgainst(Number(event.target.value));
          }}
        >
          <option value={0}>{trans.__('the frozen notebook')}</option>
          {others.map(each => (
            <option key={each.number} value={each.number}>
              {trans.__('what differs from v%1', each.number)}
            </option>
          ))}
        </select>
      </label>
      {others.some(each => each.number === against) ? (
        <Compared job={job.name} against={against} number={number} />
      ) : (
        <div className="jp-MlopsReport jp-MlopsJobPage-report">
          <iframe sandbox="" title={trans.__('Frozen notebook of %1 v%2', job.name, number)} src={report} />
        </div>
      )}
    </div>
  );
}

/** The page of `number`, or of the newest version when it is null; `against` is compared with it, 0 for none. */
export function JobPage(props: {
  name: string;
  number: number | null;
  against: number;
  host: Host;
}): React.JSX.Element {
  const { trans } = useMlops();
  const { name, number, against, host } = props;
  const asked = useJob(name);
  useEffect(() => {
    host.title.label = number === null ? trans.__('Job %1', name) : trans.__('Job %1 v%2', name, number);
    host.title.caption = host.title.label;
    host.title.icon = mlopsIcon;
  }, [host, trans, name, number]);
  return (
    <Frame
      asked={asked}
      loading={trans.__('Loading the job…')}
      gone={() => trans.__('There is no job "%1" any more.', name)}
    >
      {job => (
        <Loaded job={job} number={number ?? job.versions[0]?.number ?? 1} host={host} first={against} />
      )}
    </Frame>
  );
}

/** The section Jobs: notebooks that were frozen to be run again. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { useQuery } from '@tanstack/react-query';
import React, { useState } from 'react';

import type { Form } from '../api/client';
import { CommandIds } from '../commands';
import { useMlops, useNow } from '../ui/hooks';
import { Mark, wordOf } from '../ui/mark';
import { type IEntry, openMenu, placeOf } from '../ui/menu';
import { keys } from '../ui/queries';
import { Section } from '../ui/section';
import { Empty, Failed, Loading } from '../ui/states';
import { duration, full, since, took } from '../ui/words';
import { metricsText } from '../runs/row';
import { useJob } from './queries';

type Version = Form<'JobVersion'>;

/** What can be done with a version: run it, look at it, compare it with the one before it. */
function VersionRow(props: { version: Version; before: Version | undefined }): React.JSX.Element {
  const { app, trans } = useMlops();
  const { version, before } = props;
  const now = useNow(60_000);
  const job = `${version.name}@${version.number}`;
  const execute = (command: string, args: Record<string, string | number> = {}): void =>
    void app.commands.execute(command, { job, ...args });
  const entries: (IEntry | null)[] = [
    {
      label: trans.__('Run v%1…', version.number),
      run: () => {
        execute(CommandIds.runJob);
      }
    },
    {
      label: trans.__('Open v%1', version.number),
      run: () => {
        execute(CommandIds.openJob);
      }
    },
    {
      label:
        before === undefined
          ? trans.__('Compare: there is no version before it')
          : trans.__('Compare with v%1', before.number),
      isEnabled: before !== undefined,
      run: () => {
        execute(CommandIds.openJob, { against: before?.number ?? 0 });
      }
    }
  ];
  return (
    <li
      className="jp-MlopsVersion"
      data-job-version={version.number}
      onContextMenu={event => {
        event.preventDefault();
        event.stopPropagation();
        openMenu(entries, placeOf(event));
      }}
    >
      <button
        type="button"
        className="jp-MlopsLink"
        title={full(version.created_at)}
        onClick={() => {
          execute(CommandIds.openJob);
        }}
      >
        {`v${version.number}`}
      </button>
      <span className="jp-MlopsVersion-text" title={version.note}>
        {since(version.created_at, now)}
        {version.git_commit ? ` · ${version.git_commit.slice(0, 7)}` : ''}
        {version.git_dirty ? trans.__(' + changes') : ''}
        {version.note ? ` · ${version.note}` : ''}
      </span>
      <button
        type="button"
        className="jp-MlopsLink"
        aria-label={trans.__('Run %1', job)}
        onClick={() => {
          execute(CommandIds.runJob);
        }}
      >
        {trans.__('Run…')}
      </button>
      <button
        type="button"
        className="jp-MlopsIconButton"
        aria-label={trans.__('What to do with version %1 of job %2', version.number, version.name)}
        title={trans.__('Run, open, compare')}
        onClick={event => {
          openMenu(entries, placeOf(event));
        }}
      >
        ⋯
      </button>
    </li>
  );
}

function Versions(props: { job: string }): React.JSX.Element {
  const { trans } = useMlops();
  const asked = useJob(props.job);
  if (asked.error) {
    return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  }
  if (asked.data === undefined) {
    return <Loading />;
  }
  const { versions } = asked.data;
  return (
    <ul className="jp-MlopsVersions" aria-label={trans.__('Versions of %1', props.job)}>
      {versions.map((version, index) => (
        <VersionRow key={version.number} version={version} before={versions[index + 1]} />
      ))}
    </ul>
  );
}

/** What the last run of a job says, with the version that it was of where that is not the newest. */
export function lastText(job: Form<'Job'>, now: number, trans: TranslationBundle): string {
  const last = job.last_run;
  if (last === null) {
    return trans.__('never run');
  }
  const seconds = took(last.started_at, last.finished_at, now);
  const state = wordOf(last.status, trans);
  const version = last.job?.version ?? job.version;
  const said =
    version === job.version ? trans.__('last run %1', state) : trans.__('last run of v%1 %2', version, state);
  return [
    said + (seconds === null ? '' : `, ${duration(seconds)}`),
    last.status === 'failed' ? (last.error ?? '') : metricsText(last, 2)
  ]
    .filter(text => text !== '')
    .join(' · ');
}

function JobRow(props: { job: Form<'Job'> }): React.JSX.Element {
  const { app, trans } = useMlops();
  const { job } = props;
  const last = job.last_run;
  const [isOpen, setOpen] = useState(false);
  const now = useNow(last?.finished_at === null ? 1000 : 30_000);
  const { commands } = app;
  const entries: (IEntry | null)[] = [
    {
      label: trans.__('Run v%1…', job.version),
      run: () => void commands.execute(CommandIds.runJob, { job: job.name })
    },
    {
      label: trans.__('Open v%1', job.version),
      run: () => void commands.execute(CommandIds.openJob, { job: job.name })
    },
    {
      label: trans.__('Open the last run'),
      isEnabled: last !== null,
      run: () => void commands.execute(CommandIds.openRun, { id: last?.id ?? '' })
    },
    {
      label: isOpen ? trans.__('Hide versions') : trans.__('Show versions'),
      run: () => {
        setOpen(!isOpen);
      }
    },
    null,
    { label: trans.__('Delete…'), run: () => void commands.execute(CommandIds.deleteJob, { job: job.name }) }
  ];
  const second = lastText(job, now, trans);
  return (
    <li className="jp-MlopsJob">
      <div
        className="jp-MlopsRow"
        onContextMenu={event => {
          event.preventDefault();
          event.stopPropagation();
          openMenu(entries, placeOf(event));
        }}
      >
        {last === null ? <span className="jp-MlopsMark" /> : <Mark shown={last.status} />}
        <button
          type="button"
          className="jp-MlopsRow-name"
          aria-expanded={isOpen}
          title={job.note || job.name}
          onClick={() => {
            setOpen(!isOpen);
          }}
        >
          {job.name} <span className="jp-MlopsRow-version">{`v${job.version}`}</span>
        </button>
        <span className="jp-MlopsRow-aside">
          {last === null ? '' : <time title={full(last.created_at)}>{since(last.created_at, now)}</time>}
          <button
            type="button"
            className="jp-MlopsIconButton"
            aria-label={trans.__('What to do with job %1', job.name)}
            title={trans.__('Run, versions, delete')}
            onClick={event => {
              openMenu(entries, placeOf(event));
            }}
          >
            ⋯
          </button>
        </span>
        <span className={`jp-MlopsRow-second jp-mod-${last?.status ?? 'none'}`} title={second}>
          {second}
        </span>
        {job.note ? <span className="jp-MlopsRow-second">{job.note}</span> : null}
      </div>
      {isOpen ? <Versions job={job.name} /> : null}
    </li>
  );
}

export function JobsSection(): React.JSX.Element {
  const { client, trans } = useMlops();
  const asked = useQuery({
    queryKey: keys.jobs(),
    queryFn: () => client.answer(client.http.GET('/mlops/api/v1/jobs'))
  });
  const jobs = asked.data?.jobs ?? [];
  return (
    <Section
      name="jobs"
      title={trans.__('Jobs')}
      isEmpty={jobs.length === 0 && asked.error === null}
      aside={jobs.length === 0 ? null : <span>{jobs.length}</span>}
    >
      {asked.error ? <Failed error={asked.error} retry={() => void asked.refetch()} /> : null}
      {asked.isPending ? <Loading /> : null}
      {asked.data && jobs.length === 0 ? (
        <Empty>
          {trans.__(
            'No jobs yet. Promote… freezes the open notebook as a job that can be run again, unchanged.'
          )}
        </Empty>
      ) : null}
      {jobs.length === 0 ? null : (
        <ul className="jp-MlopsJobs" aria-label={trans.__('Jobs')}>
          {jobs.map(job => (
            <JobRow key={job.name} job={job} />
          ))}
        </ul>
      )}
    </Section>
  );
}

/** The section Jobs: notebooks that were frozen to be run again. */

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

function Versions(props: { job: string }): React.JSX.Element {
  const { client, trans } = useMlops();
  const now = useNow(60_000);
  const asked = useQuery({
    queryKey: keys.job(props.job),
    queryFn: () =>
      client.answer(client.http.GET('/mlops/api/v1/jobs/{job}', { params: { path: { job: props.job } } }))
  });
  if (asked.error) {
    return <Failed error={asked.error} retry={() => void asked.refetch()} />;
  }
  if (asked.data === undefined) {
    return <Loading />;
  }
  return (
    <ul className="jp-MlopsVersions" aria-label={trans.__('Versions of %1', props.job)}>
      {asked.data.versions.map(version => (
        <li key={version.number} title={full(version.created_at)}>
          <b>{`v${version.number}`}</b> {since(version.created_at, now)}
          {version.git_commit ? ` · ${version.git_commit.slice(0, 7)}` : ''}
          {version.git_dirty ? trans.__(' + changes') : ''}
          {version.note ? ` · ${version.note}` : ''}
        </li>
      ))}
    </ul>
  );
}

function JobRow(props: { job: Form<'Job'> }): React.JSX.Element {
  const { app, trans } = useMlops();
  const { job } = props;
  const last = job.last_run;
  const [isOpen, setOpen] = useState(false);
  const now = useNow(last?.finished_at === null ? 1000 : 30_000);
  const { commands } = app;
  const entries: (IEntry | null)[] = [
    { label: trans.__('Run…'), run: () => void commands.execute(CommandIds.runJob, { job: job.name }) },
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
  const seconds = last === null ? null : took(last.started_at, last.finished_at, now);
  const second =
    last === null
      ? trans.__('never run')
      : [
          trans.__('last run %1', wordOf(last.status, trans)) +
            (seconds === null ? '' : `, ${duration(seconds)}`),
          last.status === 'failed' ? (last.error ?? '') : metricsText(last, 2)
        ]
          .filter(text => text !== '')
          .join(' · ');
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

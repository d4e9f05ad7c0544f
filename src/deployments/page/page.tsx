/** The page of a deployment: its head, its traffic, versions and charts, and a drawer to try and to ask it. */

import React, { useEffect } from 'react';

import { ApiError, type Form } from '../../api/client';
import { Splitter } from '../../ui/splitter';
import { useMlops, useReach, useRemembered } from '../../ui/hooks';
import type { Host } from '../../ui/host';
import { mlopsIcon } from '../../ui/icons';
import { useSeen } from '../../ui/seen';
import { isGone } from '../../models/queries';
import { Failed, Loading } from '../../ui/states';
import { Tabs } from '../../ui/tabs';
import { useDeployment } from '../queries';
import { Charts } from './charts';
import { Head } from './head';
import { ServedVersions } from './served';
import { EventsTab, LogTab, SnippetsTab } from './tabs';
import { Traffic } from './traffic';
import { TryTab } from './try';

type Tab = 'try' | 'snippets' | 'log' | 'events';

const TABS: readonly Tab[] = ['try', 'snippets', 'log', 'events'];

/** The tab of a name; null when there is none. */
function tabOf(name: unknown): Tab | null {
  return TABS.find(each => each === name) ?? null;
}

interface ILoadedProps {
  readonly deployment: Form<'DeploymentDetail'>;
  readonly host: Host;
  /** The tab that was asked for when the page was opened. */
  readonly first: string | null;
  readonly isSeen: boolean;
}

function Loaded(props: ILoadedProps): React.JSX.Element {
  const { trans } = useMlops();
  const { deployment, host, first, isSeen } = props;
  const [width, setWidth] = useRemembered('deployment-drawer-width', 420);
  const [tab, setTab] = useRemembered<Tab>('deployment-tab', 'try');
  useEffect(() => {
    const choose = (name: unknown): void => {
      const wanted = tabOf(name);
      if (wanted !== null) {
        setTab(wanted);
      }
    };
    const onTab = (event: Event): void => {
      choose((event as CustomEvent<unknown>).detail);
    };
    choose(first);
    host.node.addEventListener('mlops-tab', onTab);
    return () => {
      host.node.removeEventListener('mlops-tab', onTab);
    };
  }, [host, first, setTab]);
  return (
    <div className="jp-MlopsRunPage" data-deployment={deployment.name} data-status={deployment.status}>
      <Head deployment={deployment} />
      <div className="jp-MlopsRunPage-body">
        <div className="jp-MlopsRunPage-main">
          <Traffic deployment={deployment} isSeen={isSeen} />
          <ServedVersions deployment={deployment} />
          <Charts name={deployment.name} isSeen={isSeen} />
        </div>
        <Splitter width={width} onWidth={setWidth} label={trans.__('Width of the drawer')} />
        <div className="jp-MlopsRunPage-drawer" style={{ width }}>
          <aside className="jp-MlopsDrawer" aria-label={trans.__('Ask %1', deployment.name)}>
            <Tabs<Tab>
              label={trans.__('Of this deployment')}
              chosen={tab}
              onChosen={setTab}
              tabs={[
                {
                  name: 'try',
                  label: trans.__('Try it'),
                  content: () => <TryTab deployment={deployment} />
                },
                {
                  name: 'snippets',
                  label: trans.__('Use it'),
                  content: () => <SnippetsTab deployment={deployment} />
                },
                {
                  name: 'log',
                  label: trans.__('Log'),
                  content: () => <LogTab deployment={deployment} isSeen={isSeen} />
                },
                {
                  name: 'events',
                  label: trans.__('Events'),
                  content: () => <EventsTab deployment={deployment} />
                }
              ]}
            />
          </aside>
        </div>
      </div>
    </div>
  );
}

export function DeploymentPage(props: { name: string; tab: string | null; host: Host }): React.JSX.Element {
  const { trans } = useMlops();
  const { name, tab, host } = props;
  const [ref, isSeen] = useSeen();
  const reach = useReach();
  const asked = useDeployment(name, isSeen);
  const { error, data } = asked;
  useEffect(() => {
    host.title.label = trans.__('Deployment %1', name);
    host.title.caption = name;
    host.title.icon = mlopsIcon;
  }, [host, trans, name]);
  const isLost = reach === 'unreachable' || (error instanceof ApiError && error.status === 0);
  return (
    <div ref={ref} className="jp-MlopsSeen">
      {isLost ? (
        <div className="jp-MlopsLine" role="status">
          {trans.__('The server cannot be reached, trying again…')}
        </div>
      ) : null}
      {data === null || isGone(error) ? (
        <div className="jp-MlopsNote" role="alert">
          {trans.__('There is no deployment "%1" any more.', name)}
        </div>
      ) : (
        <>
          {error !== null && !isLost ? <Failed error={error} retry={() => void asked.refetch()} /> : null}
          {data !== undefined ? (
            <Loaded deployment={data} host={host} first={tab} isSeen={isSeen} />
          ) : error === null || isLost ? (
            <Loading what={trans.__('Loading the deployment…')} />
          ) : null}
        </>
      )}
    </div>
  );
}

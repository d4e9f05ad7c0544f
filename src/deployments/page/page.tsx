/** The page of a deployment: its head, its traffic, versions and charts, and a drawer to try and to ask it. */

import React, { useCallback, useEffect } from 'react';

import type { Form } from '../../api/client';
import { Frame, useAsked } from '../../ui/frame';
import { useMlops, useRemembered } from '../../ui/hooks';
import type { Host } from '../../ui/host';
import { deploymentIcon } from '../../ui/icons';
import { useSeen } from '../../ui/seen';
import { Splitter } from '../../ui/splitter';
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
  const choose = useCallback(
    (asked: Tab | null) => {
      if (asked !== null) {
        setTab(asked);
      }
    },
    [setTab]
  );
  useEffect(() => {
    choose(tabOf(first));
  }, [choose, first]);
  useAsked(host, 'mlops-tab', tabOf, choose);
  return (
    <div className="jp-MlopsRunPage" data-deployment={deployment.name} data-status={deployment.status}>
      <Head deployment={deployment} />
      <div className="jp-MlopsRunPage-body">
        <div className="jp-MlopsRunPage-main">
          <Traffic deployment={deployment} isSeen={isSeen} />
          <ServedVersions deployment={deployment} />
          <Charts deployment={deployment} isSeen={isSeen} />
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
  const asked = useDeployment(name, isSeen);
  useEffect(() => {
    host.title.label = trans.__('Deployment %1', name);
    host.title.caption = name;
    host.title.icon = deploymentIcon;
  }, [host, trans, name]);
  return (
    <div ref={ref} className="jp-MlopsSeen">
      <Frame
        asked={asked}
        loading={trans.__('Loading the deployment…')}
        gone={() => trans.__('There is no deployment "%1" any more.', name)}
      >
        {deployment => <Loaded deployment={deployment} host={host} first={tab} isSeen={isSeen} />}
      </Frame>
    </div>
  );
}

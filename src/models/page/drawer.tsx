/** What is known of one version, without loading it: at the right of the model's page. */

import React from 'react';

import type { Form } from '../../api/client';
import { CommandIds } from '../../commands';
import { useMlops, useRemembered } from '../../ui/hooks';
import { Failed, Loading } from '../../ui/states';
import { Tabs } from '../../ui/tabs';
import { Aliases } from '../alias';
import { useVersion } from '../queries';
import { AboutTab } from './about';
import { GatesTab } from './gates';
import { MetricsTab } from './metrics';
import { SignatureTab } from './signature';

type Tab = 'gates' | 'metrics' | 'signature' | 'about';

interface IDrawerProps {
  readonly model: Form<'ModelDetail'>;
  readonly row: Form<'VersionRow'>;
  readonly champion: number | null;
  readonly onClose: () => void;
}

export function Drawer(props: IDrawerProps): React.JSX.Element {
  const { app, trans } = useMlops();
  const { model, row, champion, onClose } = props;
  const { version } = row;
  const [tab, setTab] = useRemembered<Tab>('model-tab', 'gates');
  const asked = useVersion(model.name, version);
  const execute = (command: string): void =>
    void app.commands.execute(command, { model: model.name, version });
  const loaded = (content: (detail: Form<'VersionDetail'>) => React.ReactNode): React.ReactNode =>
    asked.error && asked.data === undefined ? (
      <Failed error={asked.error} retry={() => void asked.refetch()} />
    ) : asked.data === undefined ? (
      <Loading />
    ) : (
      content(asked.data)
    );
  return (
    <aside className="jp-MlopsDrawer" aria-label={trans.__('Version %1', version)} data-version={version}>
      <div className="jp-MlopsDrawer-head">
        <span aria-hidden="true" className="jp-MlopsModel-sign">
          ◆
        </span>
        <h3>{`v${version}`}</h3>
        <Aliases aliases={row.aliases} />
        <span className="jp-MlopsDrawer-space" />
        <button
          type="button"
          className="jp-MlopsButton"
          onClick={() => {
            execute(CommandIds.approveModel);
          }}
        >
          {trans.__('Approve…')}
        </button>
        <button
          type="button"
          className="jp-MlopsButton"
          onClick={() => {
            execute(CommandIds.deployModel);
          }}
        >
          {trans.__('Deploy…')}
        </button>
        <button
          type="button"
          className="jp-MlopsIconButton"
          aria-label={trans.__('Close the drawer')}
          onClick={onClose}
        >
          ✕
        </button>
      </div>
      <Tabs<Tab>
        label={trans.__('Of this version')}
        chosen={tab}
        onChosen={setTab}
        tabs={[
          {
            name: 'gates',
            label: trans.__('Gates'),
            content: () => <GatesTab model={model.name} version={version} />
          },
          {
            name: 'metrics',
            label: trans.__('Metrics'),
            content: () => loaded(detail => <MetricsTab detail={detail} row={row} champion={champion} />)
          },
          {
            name: 'signature',
            label: trans.__('Signature'),
            content: () => loaded(detail => <SignatureTab detail={detail} />)
          },
          {
            name: 'about',
            label: trans.__('About'),
            content: () => loaded(detail => <AboutTab detail={detail} row={row} />)
          }
        ]}
      />
    </aside>
  );
}

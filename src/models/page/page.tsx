/** The page of a model: its head, its versions, gates and history, and the drawer of one version. */

import React, { useEffect, useState } from 'react';

import type { Form } from '../../api/client';
import { Frame, useAsked } from '../../ui/frame';
import { useMlops, useRemembered } from '../../ui/hooks';
import type { Host } from '../../ui/host';
import { modelIcon } from '../../ui/icons';
import { useSeen } from '../../ui/seen';
import { Splitter } from '../../ui/splitter';
import { Empty } from '../../ui/states';
import { useModel } from '../queries';
import { CHAMPION, holderOf } from '../words';
import { Drawer } from './drawer';
import { Head } from './head';
import { History } from './history';
import { ScoringList } from './scorings';
import { GateSettings } from './settings';
import { Versions } from './versions';

interface ILoadedProps {
  readonly model: Form<'ModelDetail'>;
  readonly host: Host;
  readonly first: number | null;
  readonly isSeen: boolean;
}

function Loaded(props: ILoadedProps): React.JSX.Element {
  const { trans } = useMlops();
  const { model, host, first, isSeen } = props;
  const newest = model.versions[0]?.version ?? null;
  // undefined: there was none to show yet; null: the drawer is closed. What is shown first stays, whatever comes.
  const [chosen, setChosen] = useState<number | null | undefined>(first ?? newest ?? undefined);
  const [known, setKnown] = useState(newest ?? 0);
  const [width, setWidth] = useRemembered('model-drawer-width', 420);
  useAsked(host, 'mlops-version', Number, setChosen);
  const champion = holderOf(model.aliases, CHAMPION);
  useEffect(() => {
    if (chosen === undefined && newest !== null) {
      setChosen(newest);
      setKnown(newest);
    }
  }, [chosen, newest]);
  const wanted = chosen === undefined ? newest : chosen;
  const row = model.versions.find(each => each.version === wanted);
  return (
    <div className="jp-MlopsRunPage" data-model={model.name}>
      <Head model={model} selected={row?.version ?? null} isSeen={isSeen} />
      <div role="status" className="jp-MlopsNews">
        {newest !== null && known > 0 && newest > known && newest !== wanted ? (
          <>
            {trans.__('v%1 was registered.', newest)}{' '}
            <button
              type="button"
              className="jp-MlopsLink"
              onClick={() => {
                setKnown(newest);
                setChosen(newest);
              }}
            >
              {trans.__('Show v%1', newest)}
            </button>
          </>
        ) : null}
      </div>
      <div className="jp-MlopsRunPage-body">
        <div className="jp-MlopsRunPage-main">
          <ScoringList name={model.name} isSeen={isSeen} />
          {model.versions.length === 0 ? (
            <Empty>
              {trans.__('This model has no version. Register one that a run logged, on the page of the run.')}
            </Empty>
          ) : (
            <Versions
              model={model}
              selected={row?.version ?? null}
              champion={champion}
              onSelect={setChosen}
            />
          )}
          <GateSettings model={model} />
          <History name={model.name} isSeen={isSeen} />
        </div>
        {row === undefined ? null : (
          <>
            <Splitter width={width} onWidth={setWidth} label={trans.__('Width of the version’s drawer')} />
            <div className="jp-MlopsRunPage-drawer" style={{ width }}>
              <Drawer
                key={row.version}
                model={model}
                row={row}
                champion={champion}
                onClose={() => {
                  setChosen(null);
                }}
              />
            </div>
          </>
        )}
      </div>
    </div>
  );
}

export function ModelPage(props: { name: string; version: number | null; host: Host }): React.JSX.Element {
  const { trans } = useMlops();
  const { name, version, host } = props;
  const [ref, isSeen] = useSeen();
  const asked = useModel(name, isSeen);
  useEffect(() => {
    host.title.label = trans.__('Model %1', name);
    host.title.caption = name;
    host.title.icon = modelIcon;
  }, [host, trans, name]);
  return (
    <div ref={ref} className="jp-MlopsSeen">
      <Frame
        asked={asked}
        loading={trans.__('Loading the model…')}
        gone={() => trans.__('There is no model "%1" in the registry any more.', name)}
      >
        {model => <Loaded model={model} host={host} first={version} isSeen={isSeen} />}
      </Frame>
    </div>
  );
}

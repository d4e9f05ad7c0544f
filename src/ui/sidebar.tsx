/** The content of the panel: its sections, one line each. */

import React from 'react';

import { DeploymentsSection } from '../deployments/section';
import { JobsSection } from '../jobs/section';
import { ModelsSection } from '../models/section';
import { PipelineSection } from '../pipeline/section';
import { RunsSection } from '../runs/section';
import { useMlops, useReach } from './hooks';

const SECTIONS: readonly (() => React.JSX.Element)[] = [
  PipelineSection,
  JobsSection,
  RunsSection,
  ModelsSection,
  DeploymentsSection
];

/** What stands above the sections when the server does not answer as it should. */
function ReachLine(): React.JSX.Element | null {
  const { live, trans } = useMlops();
  const reach = useReach();
  if (reach === 'unreachable') {
    return (
      <div className="jp-MlopsLine" role="status">
        {trans.__('The server cannot be reached, trying again…')}
      </div>
    );
  }
  if (reach === 'refused') {
    return (
      <div className="jp-MlopsLine" role="alert">
        {trans.__('The server refused: you are not signed in any more, or not allowed. Reload the page.')}
        <button
          type="button"
          className="jp-MlopsButton"
          onClick={() => {
            live.refresh();
          }}
        >
          {trans.__('Retry')}
        </button>
      </div>
    );
  }
  return null;
}

export function Sidebar(): React.JSX.Element {
  const { live, trans } = useMlops();
  const reach = useReach();
  if (reach === 'missing') {
    return (
      <div className="jp-MlopsLine" role="alert">
        {trans.__('This Jupyter server does not have the extension jupyter_mlops. In its environment, run ')}
        <code>pip install jupyter-mlops</code>
        {trans.__(' or ')}
        <code>jupyter server extension enable jupyter_mlops</code>
        {trans.__(', then restart it. ')}
        <button
          type="button"
          className="jp-MlopsButton"
          onClick={() => {
            live.refresh();
          }}
        >
          {trans.__('Retry')}
        </button>
      </div>
    );
  }
  return (
    <>
      <ReachLine />
      {SECTIONS.map((Section, index) => (
        <Section key={index} />
      ))}
    </>
  );
}

/** What the gates say of a version that is to get requests. It is a warning: a canary may well be there to find out. */

import React from 'react';

import type { Form } from '../api/client';
import type { IMlops } from '../context';
import { GateList } from '../models/gatelist';
import { askGates } from '../models/queries';
import { CHAMPION } from '../models/words';
import { MlopsContext } from '../ui/hooks';

export class GateWatch {
  /** @param onChange - called when an answer came. */
  constructor(
    private readonly _mlops: IMlops,
    private readonly _deployment: Pick<Form<'DeploymentDetail'>, 'model' | 'alias'>,
    private readonly _onChange: () => void
  ) {}

  /** Ask for the gates of a version; 0 is none. */
  look(version: number): void {
    if (version === this._version) {
      return;
    }
    this._version = version;
    this._report = null;
    this._error = null;
    if (version === 0) {
      return;
    }
    const { model, alias } = this._deployment;
    askGates(this._mlops.client, model, version, alias ?? CHAMPION).then(
      report => {
        if (version === this._version) {
          this._report = report;
          this._onChange();
        }
      },
      (error: unknown) => {
        if (version === this._version) {
          this._error = error instanceof Error ? error : new Error(String(error));
          this._onChange();
        }
      }
    );
  }

  render(): React.JSX.Element | null {
    const { trans } = this._mlops;
    const report = this._report;
    if (this._version === 0) {
      return null;
    }
    if (this._error !== null) {
      return (
        <div className="jp-MlopsHint" role="status">
          {trans.__('The gates of v%1 cannot be checked: %2', this._version, this._error.message)}
        </div>
      );
    }
    if (report === null) {
      return (
        <div className="jp-MlopsHint" role="status">
          {trans.__('Checking the gates of v%1…', this._version)}
        </div>
      );
    }
    if (report.gates.length === 0) {
      return (
        <div className="jp-MlopsHint" role="status">
          {trans.__('The model has no gates: nothing was checked.')}
        </div>
      );
    }
    const failed = report.gates.filter(gate => gate.status === 'fail');
    return failed.length === 0 ? (
      <div className="jp-MlopsHint" role="status">
        {trans.__('v%1 passes its gates.', this._version)}
      </div>
    ) : (
      <div className="jp-MlopsForm-problem" role="alert" data-gates="failed">
        <strong>
          {trans._n(
            'v%2 fails one of its gates, and would answer requests all the same:',
            'v%2 fails %1 of its gates, and would answer requests all the same:',
            failed.length,
            failed.length,
            this._version
          )}
        </strong>
        <MlopsContext.Provider value={this._mlops}>
          <GateList gates={failed} />
        </MlopsContext.Provider>
      </div>
    );
  }

  private _version = 0;
  private _report: Form<'GateReport'> | null = null;
  private _error: Error | null = null;
}

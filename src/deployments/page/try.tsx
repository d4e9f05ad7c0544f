/** The tab Try it: a form from the signature with a ready example, or JSON, and what is answered. */

import React, { useId, useMemo, useState } from 'react';

import type { Form } from '../../api/client';
import { laidOut } from '../../models/words';
import { useMlops } from '../../ui/hooks';
import { Failed } from '../../ui/states';
import { millis } from '../words';
import { bodyOf, type IInput, inputsOf, predictionOf, problemOf } from './tryit';

/** An answer longer than this is cut. */
const LONG = 20_000;

interface IReply {
  readonly text: string;
  readonly prediction: string | null;
  readonly took: number;
  /** The version that answered, where it says so. */
  readonly version: string | null;
}

interface IFieldProps {
  readonly input: IInput;
  readonly onText: (text: string) => void;
}

function InputField(props: IFieldProps): React.JSX.Element {
  const { trans } = useMlops();
  const { input, onText } = props;
  const id = useId();
  const problem = problemOf(input);
  const words = {
    needed: trans.__('is needed'),
    whole: trans.__('must be a whole number'),
    number: trans.__('must be a number'),
    json: trans.__('must be JSON')
  };
  const shared = {
    id,
    value: input.text,
    'aria-invalid': problem !== null,
    'aria-describedby': `${id}-type`
  };
  return (
    <div className="jp-MlopsTry-field" data-column={input.name}>
      <label htmlFor={id} title={input.name}>
        {input.name}
      </label>
      {input.kind === 'boolean' ? (
        <select
          {...shared}
          className="jp-MlopsInput"
          onChange={event => {
            onText(event.target.value);
          }}
        >
          <option value="">{input.isRequired ? trans.__('choose…') : trans.__('left out')}</option>
          <option value="true">true</option>
          <option value="false">false</option>
        </select>
      ) : (
        <input
          {...shared}
          className="jp-MlopsInput"
          inputMode={input.kind === 'whole' ? 'numeric' : input.kind === 'number' ? 'decimal' : 'text'}
          autoComplete="off"
          spellCheck={false}
          placeholder={input.isRequired || input.isParam ? '' : trans.__('left out')}
          onChange={event => {
            onText(event.target.value);
          }}
        />
      )}
      <span id={`${id}-type`} className={problem === null ? 'jp-MlopsHint' : 'jp-MlopsBad'}>
        {problem === null ? input.type : `${input.type}: ${words[problem]}`}
      </span>
    </div>
  );
}

export function TryTab(props: { deployment: Form<'DeploymentDetail'> }): React.JSX.Element {
  const { client, trans } = useMlops();
  const { deployment } = props;
  const { name, signature, example, status } = deployment;
  // The page asks every two seconds; what was typed stays while the signature is the same.
  const shape = JSON.stringify([signature, example]);
  const initial = useMemo(() => inputsOf(signature, example), [shape]);
  const [typed, setTyped] = useState<{ shape: string; inputs: IInput[] } | null>(null);
  const inputs = typed?.shape === shape ? typed.inputs : initial;
  const [json, setJson] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [reply, setReply] = useState<IReply | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const written =
    json ??
    (inputs === null
      ? example === null || example === undefined
        ? '{"inputs": []}'
        : laidOut(example)
      : null);
  const isReady =
    status !== 'stopped' &&
    !isBusy &&
    (written !== null ? written.trim() !== '' : (inputs ?? []).every(input => problemOf(input) === null));

  const send = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    const started = performance.now();
    try {
      const response = await client.raw(
        `deployments/${encodeURIComponent(name)}/serve/invocations`,
        {},
        {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: written ?? bodyOf(inputs ?? [])
        }
      );
      const text = await response.text();
      const took = performance.now() - started;
      let answer: unknown = text;
      try {
        answer = JSON.parse(text);
      } catch {
        // It is shown as it came.
      }
      const pretty = typeof answer === 'string' ? answer : laidOut(answer);
      const version = response.headers.get('x-mlops-model-version');
      setReply({ text: pretty, prediction: predictionOf(answer), took, version });
    } catch (caught) {
      setReply(null);
      setError(caught instanceof Error ? caught : new Error(String(caught)));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      className="jp-MlopsTry"
      onSubmit={event => {
        event.preventDefault();
        if (isReady) {
          void send();
        }
      }}
    >
      {written === null && inputs !== null ? (
        <div className="jp-MlopsTry-fields">
          {inputs.map((input, index) => (
            <InputField
              key={`${input.isParam}-${input.name}`}
              input={input}
              onText={text => {
                setTyped({
                  shape,
                  inputs: inputs.map((each, at) => (at === index ? { ...each, text } : each))
                });
              }}
            />
          ))}
        </div>
      ) : (
        <textarea
          className="jp-MlopsTry-json"
          aria-label={trans.__('The body, as JSON')}
          rows={10}
          spellCheck={false}
          value={written ?? ''}
          onChange={event => {
            setJson(event.target.value);
          }}
        />
      )}
      <div className="jp-MlopsTry-tools">
        <button type="submit" className="jp-MlopsButton jp-mod-mlopsMain" disabled={!isReady}>
          {isBusy ? trans.__('Asking…') : trans.__('Predict')}
        </button>
        {inputs === null ? null : (
          <button
            type="button"
            className="jp-MlopsLink"
            onClick={() => {
              setJson(json === null ? bodyOf(inputs) : null);
            }}
          >
            {json === null ? trans.__('as JSON') : trans.__('as a form')}
          </button>
        )}
        <button
          type="button"
          className="jp-MlopsLink"
          onClick={() => {
            setTyped(null);
            setJson(null);
          }}
        >
          {trans.__('the example again')}
        </button>
      </div>
      {status === 'stopped' ? <div className="jp-MlopsNote">{trans.__('It is stopped.')}</div> : null}
      {error === null ? null : <Failed error={error} />}
      {reply === null ? null : (
        <div className="jp-MlopsTry-reply" role="status">
          {reply.prediction === null ? null : (
            <div className="jp-MlopsTry-prediction">{reply.prediction}</div>
          )}
          <div className="jp-MlopsHint">
            {trans.__('answered in %1', millis(reply.took))}
            {reply.version === null ? '' : ` ${trans.__('by v%1', reply.version)}`}
          </div>
          <pre className="jp-MlopsCode" tabIndex={0} aria-label={trans.__('The answer')}>
            {reply.text.length > LONG ? `${reply.text.slice(0, LONG)}\n…` : reply.text}
          </pre>
        </div>
      )}
    </form>
  );
}

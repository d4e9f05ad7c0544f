/** An alias as a chip: the champion stands out, and one that was moved elsewhere says so. */

import React from 'react';

import type { Form } from '../api/client';
import { useMlops } from '../ui/hooks';
import { CHAMPION, inOrder } from './words';

export function AliasChip(props: { alias: Form<'AliasOf'>; withVersion?: boolean }): React.JSX.Element {
  const { trans } = useMlops();
  const { alias, withVersion } = props;
  const title = alias.is_outside
    ? trans.__('Moved with MLflow’s own means, not by a promotion: no gate was asked')
    : undefined;
  return (
    <span
      className={`jp-MlopsAlias${alias.alias === CHAMPION ? ' jp-mod-champion' : ''}`}
      data-alias={alias.alias}
      title={title}
    >
      {alias.alias}
      {withVersion ? ` v${alias.version}` : ''}
      {alias.is_outside ? (
        <span className="jp-MlopsAlias-outside">
          <span aria-hidden="true"> ⇄</span> {trans.__('outside')}
        </span>
      ) : null}
    </span>
  );
}

export function Aliases(props: {
  aliases: readonly Form<'AliasOf'>[];
  withVersion?: boolean;
}): React.JSX.Element {
  const { aliases, withVersion = false } = props;
  return (
    <span className="jp-MlopsAliases">
      {inOrder(aliases).map(alias => (
        <AliasChip key={alias.alias} alias={alias} withVersion={withVersion} />
      ))}
    </span>
  );
}

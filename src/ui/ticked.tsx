/** Messages of the server: what stands in backticks is code, and all of it is text. */

import React from 'react';

/** A part of a message. */
export interface IPiece {
  readonly text: string;
  readonly isCode: boolean;
}

/** Take a message apart. */
export function piecesOf(message: string): IPiece[] {
  return message
    .split(/`([^`\n]+)`/)
    .map((text, index) => ({ text, isCode: index % 2 === 1 }))
    .filter(piece => piece.text !== '');
}

/** A message. */
export function Ticked(props: { text: string }): React.JSX.Element {
  return (
    <>
      {piecesOf(props.text).map((piece, index) =>
        piece.isCode ? <code key={index}>{piece.text}</code> : piece.text
      )}
    </>
  );
}

import React from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';

import { codeOf, endOf, isSame, lookOf, PLAIN, piecesOf, textOf } from '../page/ansi';
import { LogText, shownLine } from '../page/log';
import { nodesOf } from '../page/logline';

const ESC = '\u001b';

function drawn(line: string, query = ''): string {
  return renderToStaticMarkup(<>{nodesOf(line, query)}</>);
}

describe('the colours of a line', () => {
  it.each([
    ['31', 'ansi-red-fg'],
    ['1;31', 'ansi-red-intense-fg ansi-bold'],
    ['92', 'ansi-green-intense-fg'],
    ['44', 'ansi-blue-bg'],
    ['103', 'ansi-yellow-intense-bg'],
    ['31;47;7', 'ansi-white-fg ansi-red-bg'],
    ['7', 'ansi-default-inverse-fg ansi-default-inverse-bg'],
    ['4', 'ansi-underline'],
    ['38;5;9', 'ansi-red-intense-fg'],
    ['31;39;1;22;4;24', ''],
    ['31;0', ''],
    ['31;', ''],
    ['38;5', ''],
    ['38;9;1', ''],
    ['38;2;1;2', ''],
    ['58;999', '']
  ])('%s is %j', (parameters, classes) => {
    expect(lookOf(endOf(`${ESC}[${parameters}m`))).toEqual({ classes });
  });

  it.each([
    ['38;5;196', { color: 'rgb(255, 0, 0)' }],
    ['38;5;244', { color: 'rgb(128, 128, 128)' }],
    ['48;2;1;2;300', { backgroundColor: 'rgb(1, 2, 255)' }],
    ['7;38;2;1;2;3', { classes: 'ansi-default-inverse-fg', backgroundColor: 'rgb(1, 2, 3)' }]
  ])('%s is exact', (parameters, look) => {
    expect(lookOf(endOf(`${ESC}[${parameters}m`))).toEqual({ classes: '', ...look });
  });

  it.each(['', '1;4;7', '31;103', '38;5;196;48;2;1;2;3', '97;40'])('of %j lead back to themselves', given => {
    const style = endOf(given === '' ? '' : `${ESC}[${given}m`);
    expect(isSame(endOf(codeOf(style)), style)).toBe(true);
    expect(codeOf(PLAIN)).toBe('');
  });

  it('are drawn as text, whatever it looks like', () => {
    expect(drawn(`a ${ESC}[31m<img src=x onerror=alert(1)>${ESC}[0m b`)).toBe(
      'a <span class="ansi-red-fg">&lt;img src=x onerror=alert(1)&gt;</span> b'
    );
    expect(drawn(`${ESC}[38;2;1;2;"onclick=m"x`)).not.toContain('<span');
  });

  it('let what is found stand out, even where the colour changes in it', () => {
    expect(drawn(`${ESC}[32mab${ESC}[0mCd ab`, 'bc')).toBe(
      '<span class="ansi-green-fg">a</span><mark>bC</mark>d ab'
    );
    expect(drawn('ab ab', 'ab')).toBe('<mark>ab</mark> <mark>ab</mark>');
  });

  it('are limited: a line of very many pieces is still drawn', () => {
    const line = `${ESC}[31mx${ESC}[32my`.repeat(1000);
    expect(piecesOf(line).length).toBeLessThan(310);
    expect(
      piecesOf(line)
        .map(piece => piece.text)
        .join('')
    ).toBe('xy'.repeat(1000));
  });
});

describe('a line as it is shown', () => {
  it.each([
    [`${ESC}[31mred${ESC}[0m`, `${ESC}[31mred${ESC}[0m`, 'red'],
    [`${ESC}[2K${ESC}[1Gdone${ESC}[K`, 'done', 'done'],
    [`${ESC}[32m10%\r50%\r100%`, `${ESC}[32m100%`, '100%'],
    [`cut ${ESC}[3`, 'cut ', 'cut '],
    [`cut ${ESC}`, 'cut ', 'cut ']
  ])('%j', (line, shown, text) => {
    expect(shownLine(line)).toBe(shown);
    expect(textOf(shownLine(line))).toBe(text);
  });
});

describe('the colours of a log', () => {
  const whole = new TextEncoder().encode(
    ['plain', `${ESC}[31mred`, 'still red', `${ESC}[1mbold${ESC}[0m`, 'plain', `${ESC}[32mgreen`].join('\n')
  );
  const piece = (start: number, end: number) => ({
    bytes: whole.subarray(start, end),
    start,
    size: whole.length,
    isComplete: end === whole.length,
    attempt: '1'
  });
  const looks = (text: LogText): string[] =>
    Array.from({ length: text.count }, (_, index) =>
      piecesOf(text.colored(index))
        .map(({ text: part, style }) => `${part}: ${lookOf(style).classes}`)
        .join()
    );
  const expected = [
    'plain: ',
    'red: ansi-red-fg',
    'still red: ansi-red-fg',
    'bold: ansi-red-intense-fg ansi-bold',
    'plain: ',
    'green: ansi-green-fg'
  ];

  it('reach over lines, wherever the pieces are cut', () => {
    for (let cut = 1; cut < whole.length; cut++) {
      const text = new LogText();
      text.append(piece(0, cut));
      text.append(piece(cut, whole.length));
      expect(looks(text), `cut at ${cut}`).toEqual(expected);
    }
  });

  it('reach into what was here before, when the earlier piece comes later', () => {
    const last = whole.lastIndexOf(10);
    for (let cut = 1; cut < last; cut++) {
      const text = new LogText();
      text.append(piece(cut, whole.length));
      text.prepend(piece(0, cut));
      expect(looks(text), `cut at ${cut}`).toEqual(expected);
    }
    expect(new LogText().lines).toEqual([]);
  });
});

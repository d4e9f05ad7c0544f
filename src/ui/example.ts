/** The built-in example: six cells that are a pipeline, with nothing to download. */

import type { INotebookContent } from '@jupyterlab/nbformat';

type Piece = readonly [tags: readonly string[] | null, lines: readonly string[]];

/** Cells in their order; tags null is a text. */
const PIECES: readonly Piece[] = [
  [
    null,
    [
      '# A notebook that is a pipeline',
      '',
      'Its cells carry tags, shown as badges at their right: each step runs in a kernel of its own, with what it',
      'needs from the steps above. Press **Run…** in the MLOps panel, watch, and open the run.'
    ]
  ],
  [['parameters'], ['test_share: float = 0.25', 'trees = 100', 'penalty = 1.0', 'seed = 7']],
  [
    ['step:load'],
    [
      'from sklearn.datasets import load_digits',
      '',
      'digits = load_digits(as_frame=True)',
      'pixels, labels = digits.data, digits.target',
      'print(f"{len(pixels):,} pictures of {pixels.shape[1]} pixels")'
    ]
  ],
  [
    ['step:split'],
    [
      'from sklearn.model_selection import train_test_split',
      '',
      'X_train, X_test, y_train, y_test = train_test_split(',
      '    pixels, labels, test_size=test_share, stratify=labels, random_state=seed',
      ')'
    ]
  ],
  [
    ['step:forest'],
    [
      'from sklearn.ensemble import RandomForestClassifier',
      '',
      'forest = RandomForestClassifier(n_estimators=trees, random_state=seed).fit(X_train, y_train)'
    ]
  ],
  [
    ['step:logistic'],
    [
      'from sklearn.linear_model import LogisticRegression',
      'from sklearn.pipeline import make_pipeline',
      'from sklearn.preprocessing import StandardScaler',
      '',
      'logistic = make_pipeline(StandardScaler(), LogisticRegression(C=penalty)).fit(X_train, y_train)'
    ]
  ],
  [
    ['step:evaluate'],
    [
      'forest_accuracy = forest.score(X_test, y_test)',
      'logistic_accuracy = logistic.score(X_test, y_test)',
      'accuracy = max(forest_accuracy, logistic_accuracy)',
      'f"the better model reads {accuracy:.1%} of the digits"'
    ]
  ],
  [['pipeline-metrics'], ['print(accuracy)', 'print(forest_accuracy)', 'print(logistic_accuracy)']]
];

/** Return a fresh copy of the example. */
export function exampleNotebook(): INotebookContent {
  return {
    cells: PIECES.map(([tags, lines], index) => {
      const id = `example-${index}`;
      const source = lines.join('\n');
      return tags === null
        ? { cell_type: 'markdown', id, metadata: {}, source }
        : {
            cell_type: 'code',
            id,
            metadata: { tags: [...tags] },
            source,
            outputs: [],
            execution_count: null
          };
    }),
    metadata: {
      kernelspec: { display_name: 'Python 3 (ipykernel)', language: 'python', name: 'python3' },
      language_info: { name: 'python' }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/**
 * What `jupyter-builder` merges into its own configuration of the bundler.
 *
 * Each lazily imported part is one file, with the libraries that only it needs: one request when it is first seen.
 */
module.exports = {
  optimization: { splitChunks: { cacheGroups: { default: false, defaultVendors: false } } },
  // How large which file may be is tested: src/__tests__/budget.spec.ts.
  performance: { hints: false }
};

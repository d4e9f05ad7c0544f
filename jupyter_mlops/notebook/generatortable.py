"""The global random generators of libraries, and what code draws from them and seeds them. Pure tables.

A pattern is a dotted name from the module on, ``*`` for anything, with ``()`` behind it a call without a seed of its
own. `artifacts/random_state.py` has the other half: how a state is read and restored. A test holds that the keys agree.

What cannot be told from a name is taken for a draw: then a step waits for another one without need, and no number is
another than Run All's.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

# Calls that seed several libraries at once.
_ALL = (
    "*seed_everything *.set_random_seed transformers.set_seed transformers.*.set_seed accelerate.*.set_seed "
    "fastai.*.set_seed diffusers.*.set_seed"
)
_KERAS_HARMLESS = (
    "{k}.utils.* {k}.callbacks.* {k}.losses.* {k}.metrics.* {k}.optimizers.* {k}.config.* {k}.backend.* {k}.datasets.* "
    "{k}.saving.* {k}.applications.*preprocess_input {k}.mixed_precision.*"
)
_SKLEARN_CLASSES = frozenset(
    "AdaBoostClassifier AdaBoostRegressor AffinityPropagation BaggingClassifier BaggingRegressor "
    "BayesianGaussianMixture BernoulliRBM BisectingKMeans ClassifierChain DecisionTreeClassifier "
    "DecisionTreeRegressor DictionaryLearning DummyClassifier ElasticNet ElasticNetCV EllipticEnvelope "
    "ExtraTreeClassifier ExtraTreeRegressor ExtraTreesClassifier ExtraTreesRegressor FactorAnalysis FastICA "
    "GaussianMixture GaussianProcessClassifier GaussianProcessRegressor GaussianRandomProjection "
    "GradientBoostingClassifier GradientBoostingRegressor GroupShuffleSplit HistGradientBoostingClassifier "
    "HistGradientBoostingRegressor IsolationForest IterativeImputer KBinsDiscretizer KFold KMeans KernelPCA Lars "
    "Lasso LassoCV LassoLars LatentDirichletAllocation LinearSVC LinearSVR LocallyLinearEmbedding LogisticRegression "
    "LogisticRegressionCV MDS MLPClassifier MLPRegressor MinCovDet MiniBatchDictionaryLearning MiniBatchKMeans "
    "MiniBatchNMF MiniBatchSparsePCA MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso MultiTaskLassoCV NMF "
    "NeighborhoodComponentsAnalysis NuSVC Nystroem OutputCodeClassifier PCA PassiveAggressiveClassifier "
    "PassiveAggressiveRegressor PatchExtractor Perceptron PolynomialCountSketch QuantileTransformer RANSACRegressor "
    "RBFSampler RandomForestClassifier RandomForestRegressor RandomTreesEmbedding RandomizedSearchCV RegressorChain "
    "RepeatedKFold RepeatedStratifiedKFold Ridge RidgeClassifier SGDClassifier SGDOneClassSVM SGDRegressor SVC "
    "ShuffleSplit SkewedChi2Sampler SparsePCA SparseRandomProjection SpectralBiclustering SpectralClustering "
    "SpectralCoclustering SpectralEmbedding StratifiedGroupKFold StratifiedKFold StratifiedShuffleSplit TSNE "
    "TargetEncoder TheilSenRegressor TruncatedSVD TunedThresholdClassifierCV HalvingRandomSearchCV "
    "HalvingGridSearchCV".split()
)
_SKLEARN_FUNCTIONS = (
    "make_* permutation_importance learning_curve train_test_split shuffle resample k_means kmeans_plusplus "
    "randomized_svd mutual_info_classif mutual_info_regression spectral_clustering fastica dict_learning* "
    "permutation_test_score gen_batches sample_without_replacement non_negative_factorization mean_shift "
    "estimate_bandwidth"
)
_SKLEARN = " ".join(
    [
        *(f"sklearn.*.{name}()" for name in sorted(_SKLEARN_CLASSES)),
        *(f"sklearn.*.{name}()" for name in _SKLEARN_FUNCTIONS.split()),
    ]
)


@dataclass(frozen=True)
class Generator:
    """A global generator.

    Attributes
    ----------
    name
        the name that its state travels under.
    module
        its key in `artifacts/random_state.py`, and its name in messages.
    seeders
        what seeds it; what seeds only a part of it is a drawer, too.
    drawers
        what draws from it, or may.
    harmless
        what `drawers` says too much of.
    families
        libraries whose objects may draw when one of their methods is called.
    is_carried
        whether its state can be read and restored.
    """

    name: str
    module: str
    seeders: str
    drawers: str
    harmless: str = ""
    families: str = ""
    is_carried: bool = True


_KERAS_DRAWERS = "keras.* tensorflow.keras.* tf_keras.*"
_KERAS_SAFE = " ".join(_KERAS_HARMLESS.format(k=name) for name in ("keras", "tensorflow.keras", "tf_keras"))
_KERAS_FAMILIES = "keras tf_keras keras_cv keras_nlp keras_hub keras_tuner"

GENERATORS = (
    Generator(
        "__mlops_random__",
        "random",
        f"random.seed random.setstate {_ALL}",
        f"random.* networkx.* deap.* {_KERAS_DRAWERS} pytorch_lightning.* lightning.* transformers.*",
        f"random.getstate random.SystemRandom* random.Random* {_KERAS_SAFE}",
        f"networkx deap {_KERAS_FAMILIES} tensorflow.keras",
    ),
    Generator(
        "__mlops_numpy_random__",
        "numpy.random",
        f"numpy.random.seed numpy.random.set_state {_ALL}",
        "numpy.random.* train_test_split() *.train_test_split() sample() *.sample() resample() *.resample() shuffle() "
        "*.shuffle() rvs() *.rvs() scipy.optimize.differential_evolution() scipy.optimize.dual_annealing() "
        "scipy.optimize.basinhopping() scipy.sparse.random() scipy.sparse.rand() scipy.cluster.vq.* imblearn.* umap.* "
        "networkx.* gensim.* seaborn.barplot seaborn.lineplot seaborn.pointplot seaborn.regplot seaborn.lmplot "
        f"seaborn.catplot seaborn.relplot seaborn.jointplot seaborn.stripplot shap.* {_SKLEARN} {_KERAS_DRAWERS}",
        "numpy.random.default_rng* numpy.random.get_state* numpy.random.RandomState* numpy.random.Generator* "
        "numpy.random.PCG64* numpy.random.MT19937* numpy.random.Philox* numpy.random.SFC64* numpy.random.SeedSequence* "
        f"numpy.random.BitGenerator* random.shuffle() random.sample() polars.*.sample() {_KERAS_SAFE}",
        f"imblearn umap networkx gensim {_KERAS_FAMILIES} tensorflow.keras",
    ),
    Generator(
        "__mlops_torch_random__",
        "torch",
        "torch.manual_seed torch.seed torch.random.manual_seed torch.random.seed torch.set_rng_state "
        "torch.random.set_rng_state torch.cuda.manual_seed torch.cuda.manual_seed_all torch.cuda.set_rng_state* "
        f"torch.mps.manual_seed torch.random.set_rng_state {_ALL}",
        "torch.rand* torch.normal torch.normal() torch.bernoulli* torch.multinomial* torch.poisson* torch.binomial* "
        "torch.nn.* torch.distributions.* torch.utils.data.* torch.cuda.manual_seed* torch.cuda.set_rng_state* "
        "torch.hub.* torch.compile* torch.random.fork_rng* torchvision.* torchaudio.* transformers.* "
        "pytorch_lightning.* lightning.* timm.* fastai.* diffusers.* sentence_transformers.* torch_geometric.* pyro.* "
        "gpytorch.* botorch.* skorch.* accelerate.* peft.* kornia.* monai.* stable_baselines3.*",
        "torch.random.initial_seed* torch.random.get_rng_state* torch.nn.Module torch.nn.Parameter* torch.nn.*Loss* "
        "torch.nn.functional.relu* torch.nn.functional.softmax* torch.nn.functional.log_softmax* "
        "torch.nn.functional.cross_entropy* torch.nn.functional.mse_loss* torch.nn.functional.nll_loss* "
        "torch.nn.functional.one_hot* torch.nn.functional torch.nn torch.utils.data.Dataset torch.utils.data "
        "torch.nn.ReLU* torch.nn.Sigmoid* torch.nn.Tanh* torch.nn.Softmax* torch.nn.Flatten* torch.nn.utils.*",
        "torch torchvision torchaudio transformers pytorch_lightning lightning timm fastai diffusers "
        "sentence_transformers torch_geometric pyro gpytorch botorch skorch accelerate peft kornia monai "
        "stable_baselines3",
    ),
    Generator(
        "__mlops_tensorflow_random__",
        "tensorflow",
        "tensorflow.random.set_seed tensorflow.compat.v1.set_random_seed tensorflow.random.set_global_generator "
        f"{_ALL}",
        "tensorflow.random.* tensorflow.data.* tensorflow.nn.* tensorflow.image.* tensorflow.initializers.* "
        "tensorflow.function tensorflow.compat.* tensorflow.Variable tensorflow_probability.* tensorflow_datasets.* "
        f"tensorflow.random.set_global_generator {_KERAS_DRAWERS} keras_cv.* keras_nlp.* keras_hub.* keras_tuner.*",
        f"tensorflow.random.Generator* tensorflow.random.stateless_* tensorflow.data.AUTOTUNE {_KERAS_SAFE}",
        f"tensorflow tensorflow_probability tensorflow_datasets {_KERAS_FAMILIES}",
    ),
    Generator(
        "__mlops_keras_random__",
        "keras",
        "keras.utils.set_random_seed tensorflow.keras.utils.set_random_seed keras.*.set_random_seed",
        _KERAS_DRAWERS,
        _KERAS_SAFE,
        f"tensorflow.keras {_KERAS_FAMILIES}",
    ),
    Generator("__mlops_cupy_random__", "cupy", "cupy.random.seed", "cupy.random.*", is_carried=False),
    Generator(
        "__mlops_polars_random__",
        "polars",
        "polars.set_random_seed",
        "sample() *.sample() shuffle() *.shuffle()",
        "random.* numpy.random.*",
        is_carried=False,
    ),
)
#: What makes a generator that is an object of its own. A method of it draws, and so may what it is given to.
MAKERS = (
    "random.Random numpy.random.default_rng numpy.random.RandomState numpy.random.Generator numpy.random.PCG64* "
    "numpy.random.MT19937 numpy.random.Philox numpy.random.SFC64 numpy.random.SeedSequence torch.Generator "
    "tensorflow.random.Generator* tensorflow.random.experimental.Generator* keras.random.SeedGenerator "
    "cupy.random.default_rng cupy.random.RandomState cupy.random.Generator sklearn.utils.check_random_state "
    "scipy.stats.qmc.* jax.random.PRNGKey"
)
#: Methods and functions that leave the generators of what they are given alone.
GIVES_DATA = frozenset(
    "predict predict_proba predict_log_proba decision_function score transform inverse_transform item numpy tolist cpu "
    "detach eval parameters named_parameters state_dict size dim view reshape shape get_params summary count_params "
    "get_weights to_numpy mean sum max min argmax argmin std var backward step zero_grad save save_weights"
    " print len float int str round type isinstance repr id abs format display bool hash getattr hasattr".split()
)
#: Libraries that draw nothing from the generators of others.
QUIET = frozenset(
    "matplotlib plotly pandas json os sys math time pathlib pickle joblib mlflow collections itertools datetime copy "
    "IPython csv io re logging warnings gc numpy sklearn.metrics builtins".split()
)


@functools.cache
def pattern(words: str) -> re.Pattern[str]:
    """Return patterns as one regular expression, which must match the whole name."""
    return re.compile("|".join(re.escape(word).replace(r"\*", ".*") for word in words.split()) or r"(?!)")


@functools.cache
def _first_and_last() -> tuple[frozenset[str], frozenset[str], re.Pattern[str]]:
    """Return the first words, the last words and what is left of all patterns of `GENERATORS`."""
    first, last, left = set(), set(), []
    for word in " ".join(f"{g.seeders} {g.drawers} {g.families}" for g in GENERATORS).split():
        parts = word.removesuffix("()").split(".")
        if "*" not in parts[0]:
            first.add(parts[0])
        elif "*" not in parts[-1]:
            last.add(parts[-1])
        else:
            left.append(word)
    return frozenset(first), frozenset(last), pattern(" ".join(left))


def may_touch(name: str) -> bool:
    """Return whether a dotted name has to be looked at: most names of a notebook have nothing to do with generators."""
    first, last, left = _first_and_last()
    return name.partition(".")[0] in first or name.rpartition(".")[2] in last or left.fullmatch(name) is not None

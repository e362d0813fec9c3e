"""Words that tell what a name names, who introduces it, and that it is used."""

from __future__ import annotations

KINDS = ("model", "dataset", "method", "tool", "task")
"""Kinds of entities: a trained model or an architecture; data, a corpus or a benchmark; a way of
doing; software; a task or a shared task."""

OTHER = "other"
"""What is no entity: a measure, a machine, a language, a law of physics."""

_HEADS = {
    "dataset": "dataset datasets data-set data-sets benchmark benchmarks corpus corpora testbed "
    "treebank treebanks testset testsets leaderboard collection collections database databases "
    "lexicon lexicons ontology test-suite sub-dataset subset split splits benchmarking wordnet",
    "model": "model models llm llms vlm vlms mllm mllms lmm lmms network networks transformer "
    "transformers architecture architectures encoder encoders decoder decoders backbone backbones "
    "classifier classifiers generator generators chatbot parser parsers tagger taggers "
    "embeddings checkpoint checkpoints generalist tokenizer",
    "method": "method methods framework frameworks approach approaches algorithm algorithms "
    "pipeline pipelines technique techniques strategy strategies paradigm paradigms loss "
    "optimizer optimizers scheme procedure mechanism module modules recipe "
    "methodology adapter regularizer sampler objective attack attacks defense formalism",
    "tool": "toolkit toolkits library libraries platform platforms software simulator simulators "
    "package packages toolbox tool tools engine engines interface environment environments system "
    "systems compiler plugin app application agent agents assistant suite ecosystem "
    "infrastructure service browser runtime",
    "task": "task tasks challenge challenges competition competitions workshop track tracks "
    "campaign",
    OTHER: "metric metrics score scores measure measures",
}
HEADS = {word: kind for kind, words in _HEADS.items() for word in words.split()}
"""The kind that a noun says."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NO_HEADS = _words(
    "gpu gpus theory equation equations distribution distributions process processes divergence "
    "space front inference noise kernel kernels law inequality conjecture theorem language "
    "languages speakers text texts students people users project page code website chip chips "
    "cards university conference prior posterior function functions matrix cache paradox hypothesis"
)
"""Nouns right behind a name that say it is no entity: "the Gaussian distribution"."""

OF_MANY = _words(
    "collection suite family series set class group version variant extension subset part kind "
    "type form number range combination"
)
"""Nouns before "of" that say nothing of the kind: "a family of language models"."""
DATA = _words("benchmark dataset corpus")
"""Nouns that another behind them does not change: a "benchmark suite" is a benchmark."""
MEASURING = _words("evaluation benchmarking assessment testing")
MEASURES = _words("framework suite platform protocol frameworks suites environment pipeline")
"""With one of MEASURING before it each is a benchmark: "an evaluation framework"."""
ARTICLES = _words("a an the our this these both two three four five several its their")
"""Words that begin a noun phrase."""
APPOSED = _words(", : – — is are was were ; -")
"""What stands between a name and the noun phrase that says what it is."""
PHRASE_ENDS = _words(
    ". , ; : ( ) ? ! that which who whose where for of with to in on by from as at using via "
    "based built designed consisting comprising containing comprised composed developed trained "
    "tailored aimed aiming capable covering featuring can is are was has have into through "
    "enabling equipped created curated spanning consists we when while without under across "
    "it they inspired constructed collected annotated called named dubbed termed"
)
"""Where a noun phrase ends."""
NAMED = _words("called named dubbed termed namely coined denoted entitled titled")
"""Words after which a name is given."""
LIST_LEADS = _words("as like including e.g. i.e. namely e.g i.e include are : (")
"""The last word before a list of names: "such as", "including", a colon or a bracket."""
SUBJECTS = _words("we paper work report study article authors i thesis letter research here")
"""Who introduces something."""
_INTRODUCE = "introduce present propose release develop design describe unveil contribute build \
create construct publish devise offer establish provide launch curate open-source \
collect compile assemble"
INTRODUCE = frozenset(
    form
    for verb in _INTRODUCE.split()
    for form in (
        verb, verb + "s", verb + ("d" if verb.endswith("e") else "ed"),
        (verb[:-1] if verb.endswith("e") else verb) + "ing",
    )
) | _words("built")  # fmt: skip
"""Verbs by which a paper introduces what it names."""
GIVEN = _words("introduced presented proposed released developed designed")
"""Their passive: "X is proposed"."""
FRESH = _words("novel new first")
"""Adjectives of what a paper introduces."""
BENCHMARKING = _words("benchmarking evaluating")
"""Verbs behind a title's colon that say it is a benchmark."""
RELATIVE = _words("on to with upon")
BASES = _words("based built compared applied relative")
"""Words that say with one of RELATIVE that something is used: "based on", "compared to"."""
BETWEEN = _words(", and or & / the")
"""What stands between the names of a list."""
USE = _words(
    "using use uses used with via employ employs employing leverage leverages leveraging utilize "
    "utilizes utilizing utilising adopt adopts adopting apply applies applying fine-tune "
    "fine-tunes fine-tuned fine-tuning finetune finetuned finetuning prompt prompting evaluate "
    "evaluates evaluated evaluating test tested testing train trained training benchmark "
    "outperform outperforms outperforming outperformed surpass surpasses surpassing exceed "
    "exceeds exceeding beat beats beating than upon extend extending probe probing analyze "
    "analyzing compare comparing integrate integrating distill distilling"
)
"""Words before the name of what a paper uses, measures or compares itself with."""
ON = _words("on across over from")
"""Words before the name of the data that a paper uses."""
OWNERS = _words(
    "openai google meta microsoft nvidia anthropic deepmind alibaba huggingface amazon apple ibm"
)
"""Who makes models, where the name stands before them: "OpenAI GPT-4"."""
SIZES = _words(
    "base large small tiny mini medium huge xl xxl instruct chat turbo lite flash pro max plus "
    "nano bench eval coder math thinking preview omni verified hard dev test video image audio"
)
"""Words behind a hyphen that belong to a name."""
LANGUAGES = _words(
    "en de fr es zh ru ro cs ja ko ar hi fi et lv lt tr it pt nl pl sv da no vi gu kk uk ne si id "
    "he fa el hu bg"
)
"""Languages as pairs of them are written: "En-De"."""
GROUPS = _words(
    "laboratory laboratories university institute group team center centre association society "
    "conference workshop foundation consortium department program programme"
)
"""Last words of what is spelled out that say it is people, not a thing."""
VERSIONS = _words("base large small tiny medium huge xl xxl instruct chat it hf")
"""Of these what says how large or how tuned a model is, not which."""
NO_NAMES = _words(
    "ai ml nlp nlu nlg llm llms vlm vlms mllm mllms lmm lmms plm plms lm lms slm slms rl gpu "
    "gpus cpu cpus tpu api apis sota ood 2d 3d 4d rgb rgb-d url html json xml pdf csv sql "
    "http https usa us uk eu un it id iot ui gui os pc phd etc ceo stem i.e e.g vs qa hci cv "
    "dl dnn dnns nn nns cnn cnns rnn rnns gan gans vae vaes svm lstm lstms mlp mlps ann anns "
    "crf hmm tv dna rna covid-19 covid mri ct eeg ecg ehr ehrs x-ray x-rays pre-training f1 "
    "f1-score f-score map auc roc bleu-4 top-1 top-5 top-k top-p k-means n-gram n-grams "
    "e-commerce ph.d 5g 6g fp4 fp8 fp16 fp32 bf16 int4 int8 fps vr ar xr uv genai mas fl agi mse "
    "smes sme sdk ide cli faq q&a english arxiv github openai deepmind amazon huggingface "
    "opengvlab python java c++ javascript"
)
"""Names of fields, classes of models, machines, numbers, measures, languages: no entity."""

#!/usr/bin/env bash
# Alternates logitstream's training step with those of the peers for several rounds; for families, prints the ratios of
# the medians at the end.
#
#   benchmarks/training-step/run.sh [rounds]          vocabulary 8,192: transformers' step, its sparse one, TRL's
#   benchmarks/training-step/run.sh large [rounds]    vocabulary 151,936: the sparse steps
#   benchmarks/training-step/run.sh memory [rounds]   logitstream with and without recomputation; no python
#   benchmarks/training-step/run.sh long [rounds]     logitstream's memory over rows of 8,192 to 32,768 tokens; no python
#   benchmarks/training-step/run.sh documents [rounds] [threads]
#                                                     isolated documents against joined ones, forward and step; no python
#   benchmarks/training-step/run.sh families [rounds] the sparse step of students of the forms of llama, qwen2 and qwen3,
#                                                     and the ratio of the others to llama
#   benchmarks/training-step/run.sh profile [steps] [laptop]
#                                                     where the time of logitstream's sparse step goes, with laptop that
#                                                     of the default student; no python
#
# Builds logitstream if needed. $PYTHON must have torch, transformers and trl, except where no python is needed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
home=$(cd "$here/../.." && pwd)
python=${PYTHON:-python3}
size=small
case ${1:-} in large|memory|long|documents|families|profile) size=$1; shift ;; esac
rounds=${1:-3}
classes=$(mktemp -d)
trap 'rm -rf "$classes"' EXIT

"$home/logitstream" --version >/dev/null
# The launcher keeps a folder of jars for each state of the sources.
classpath=$classes:$(ls -td "$home"/cli/target/lib-*/ | head -n 1)*
mkdir -p "$classes/io/logitstream/benchmarks/step"
cp "$here"/src/io/logitstream/benchmarks/step/*.py "$classes/io/logitstream/benchmarks/step"
javac -proc:none -d "$classes" -cp "$classpath" "$here"/src/io/logitstream/benchmarks/step/*.java

ours() {
  benchmark TrainingStepBenchmark "$@"
}
benchmark() {
  java -Xmx1g -Dai.djl.offline=true -cp "$classpath" "io.logitstream.benchmarks.step.$1" "${@:2}" 2> /dev/null
}

if [ $size = documents ]; then
  benchmark DocumentsBenchmark "${1:-9}" ${2:+"$2"}
  exit
fi

if [ $size = profile ]; then
  benchmark StepProfile "${1:-5}" ${2:+"$2"}
  exit
fi

for ((round = 0; round < rounds; round++)); do
  if [ $size = small ]; then
    ours lm 10
    ours sparse 10
    "$python" "$here/peer_step.py" lm 10
    "$python" "$here/peer_step.py" sparse 10
    "$python" "$here/peer_step.py" trl 4
  elif [ $size = memory ]; then
    ours sparse 2 1000 512 16
    ours recompute 2 1000 512 16
  elif [ $size = long ]; then
    for pass in teach train recompute; do
      for context in 8192 16384 32768; do
        benchmark LongContextBenchmark $pass $context
      done
    done
  elif [ $size = families ]; then
    for family in llama qwen2 qwen3; do
      ours sparse 10 8192 256 8 $family
      "$python" "$here/peer_step.py" sparse 10 8192 256 8 $family
    done
  else
    ours sparse 2 151936
    "$python" "$here/peer_step.py" sparse 2 151936
  fi
done | tee "$classes/results"

# Lines "NAME<tab>tokens a second", in the order of both, so that the middle of a name's lines is its median.
awk '{ for (i = 1; i < NF; i++) if ($(i + 1) ~ /^tok\/s/ && !seen[NR]++) print $1 " " $2 " " $3 "\t" $i }' \
  "$classes/results" | sort -t "$(printf '\t')" -k 1,1 -k 2,2g | awk -F '\t' '
  { rates[$1, ++count[$1]] = $2 }
  END { for (name in count) {
          n = count[name]
          median[name] = (rates[name, int((n + 1) / 2)] + rates[name, int(n / 2) + 1]) / 2 }
        for (name in count) {
          split(name, part, " "); own = median["logitstream sparse " part[3]]
          if (part[1] == "peer" && own > 0) printf "sparse step of %s by %s: %.2f\n", part[3], part[1] " " part[2], own / median[name]
          base = median[part[1] " " part[2] " llama"]
          if (base > 0 && part[3] != "llama") printf "%s %s, %s by llama: %.3f\n", part[1], part[2], part[3], median[name] / base } }'

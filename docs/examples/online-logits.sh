#!/usr/bin/env bash
# Compares students on a finished teacher's logits with students on logits that were recorded while the teacher learned
# (the paper's online logits), on the default corpus. See docs/reference/reports/online-logits.md.
#
#   docs/examples/online-logits.sh [FOLDER]      default: online-logits; started again, it continues
#
# TEACHER_TOKENS and STUDENT_TOKENS choose the sizes; the second is at most a quarter of the first.
set -euo pipefail
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=$(realpath -m "${1:-online-logits}")
teacher_tokens=${TEACHER_TOKENS:-819200}
student_tokens=${STUDENT_TOKENS:-196608}
mkdir -p "$out"

cat > "$out/run.yaml" <<YAML
corpus: {maxTokens: $teacher_tokens}
topics: {tokens: tokens, logits: online}
pretrain:
  student: {hiddenSize: 192, layers: 4, heads: 6, keyValueHeads: 3, feedForwardSize: 512, tiedEmbeddings: true}
  training: {tokens: $teacher_tokens}
training: {tokens: $student_tokens, checkpointSteps: 50}
YAML

logitstream() {
  local command=$1
  shift
  "$home/logitstream" "$command" --config "$out/run.yaml" "$@"
}

"$home/logitstream" cluster --out "$out/cluster" --port 0 --registry-port 0 > "$out/cluster.log" &
cluster=$!
trap 'kill $cluster' EXIT
until grep -q bootstrap "$out/cluster.log"; do
  kill -0 $cluster
  sleep 1
done
read -ra addresses <<< "$(sed 's/.*: --/--/' "$out/cluster.log")"

logitstream produce "${addresses[@]}"
logitstream produce "${addresses[@]}" --held-out

# Topic online gets the logits of the teacher while it learns, topic offline those of the finished teacher.
logitstream pretrain "${addresses[@]}" --emit-logits --out "$out/learner"
logitstream teach "${addresses[@]}" --teacher "$out/learner" --set topics.logits=offline

# A quarter of the teacher's steps.
steps=$(wc -l < "$out/learner/metrics.jsonl")
quarter=$((steps / 4))
student() {
  local name=$1
  shift
  logitstream train "${addresses[@]}" --out "$out/$name" "$@"
}
first="training.teacherSteps={from: 1, to: $quarter}"
last="training.teacherSteps={from: $((steps - quarter + 1)), to: $steps}"
student text --topic tokens --alpha 0 &
text=$!
student finished --topic offline
wait $text
student first-quarter --topic online --set "$first" &
early=$!
student last-quarter --topic online --set "$last"
wait $early
student last-quarter-0.1 --topic online --set "$last" --alpha 0.1

logitstream evaluate "${addresses[@]}" --teacher "$out/learner" "$out"/{text,finished,first-quarter,last-quarter,last-quarter-0.1} \
  | tee "$out/results.txt"

package io.logitstream.cli;

import io.logitstream.producers.PublishResult;
import io.logitstream.student.Evaluation;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What the stages print at their end. */
final class Reports {
  private Reports() {}

  static String published(PublishResult result) {
    String state = !result.complete() ? "stopped after " : result.wasComplete() ? "was complete with " : "complete: ";
    return String.format("corpus %s %s%,d batches, %,d tokens%s", result.corpus(), state, result.batches(),
        result.predictedTokens(), result.wasComplete() ? "" : "; " + result.report());
  }

  /** Table of models: the teacher first. */
  static String evaluations(Map<String, Evaluation> evaluations) {
    StringBuilder table = new StringBuilder(String.format("%-10s %10s %12s %14s %17s", "", "loss", "perplexity",
        "KL to teacher", "top-1 agreement"));
    evaluations.entrySet().stream().sorted((one, other) -> Boolean.compare(!one.getKey().equals("teacher"),
        !other.getKey().equals("teacher"))).forEach(entry -> {
          Evaluation value = entry.getValue();
          table.append(String.format("%n%-10s %10.4f %12.2f %14.4f %16.1f%%", entry.getKey(), value.loss(),
              value.perplexity(), value.klToTeacher(), 100 * value.top1Agreement()));
        });
    return table.toString();
  }

  /** A topic's content, a line a fact. */
  static String inspection(TopicInspection topic) {
    StringBuilder text = new StringBuilder(String.format("topic        %s, %s, %d partitions, %s", topic.topic(),
        topic.holds(), topic.partitions(), topic.complete() ? "complete" : "no end-of-corpus marker yet"));
    topic.batches().forEach((corpus, batches) -> {
      long missing = topic.expectedBatches().getOrDefault(corpus, batches) - batches;
      text.append(String.format("%ncorpus       %s, %,d batches%s", corpus, batches,
          missing == 0 ? "" : String.format("; %,d are missing, look into the dead-letter topic", missing)));
    });
    text.append(String.format("%ntokens       %,d", topic.tokens()));
    text.append(String.format("%nbytes/token  %.1f in the records%s", topic.recordBytesPerToken(),
        topic.diskBytesPerToken() == null ? "" : String.format(", %.1f on disk", topic.diskBytesPerToken())));
    topic.tokenizers().forEach(tokenizer -> text.append(String.format("%ntokenizer    %s", tokenizer)));
    topic.teachers().forEach(teacher -> text.append(String.format("%nteacher      %s", teacher)));
    topic.selections().forEach(selection -> text.append(String.format("%nselection    %s", selection)));
    topic.codecs().forEach(codec -> text.append(String.format("%ncodec        %s", codec)));
    if (topic.kept() != null) {
      text.append(String.format("%nkept         %.1f entries a position (median %d, 99th percentile %d), mass %.4f",
          topic.kept().mean(), topic.kept().median(), topic.kept().p99(), topic.meanMassKept()));
      text.append(String.format("%nentropy      %.3f nats, the teacher's mean", topic.meanEntropy()));
    }
    return text.toString();
  }

  /** The table that a distillation ends with. */
  static String summary(Summary summary, Path out) {
    Map<String, Evaluation> all = new LinkedHashMap<>();
    all.put("teacher", summary.teacher());
    all.putAll(summary.students());
    return String.format("%s%n%n%,d tokens a student, %,d held-out tokens, %.1f bytes a token in the logits topic, %.0f s%n"
        + "results in %s: %s, summary.json", evaluations(all), summary.tokens(), summary.teacher().tokens(),
        summary.bytesPerToken(), summary.seconds(), out,
        summary.students().keySet().stream().map(name -> "students/" + name).collect(Collectors.joining(", ")));
  }
}

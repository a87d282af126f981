package io.logitstream.pipeline.report;

import io.logitstream.messages.Plural;
import io.logitstream.messages.Printable;
import io.logitstream.pipeline.inspection.TopicInspection;
import io.logitstream.producers.PublishResult;
import io.logitstream.student.evaluation.Evaluation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Result lines and tables that commands print when they end. */
public final class CommandResults {
    /** Longest name in the models table, with which the table is 80 columns wide. */
    private static final int LONGEST_NAME = 13;

    private CommandResults() {}

    /** Progress of a publisher; without a percentage if the corpus is standard input. */
    public static String publishing(long batches, long tokens, double fraction) {
        return String.format(
                "published %,d %s, %,d tokens%s",
                batches,
                Plural.of(batches, "batch"),
                tokens,
                Double.isNaN(fraction) ? "" : String.format(" (%d%%)", (int) Math.min(100, 100 * fraction)));
    }

    /** Shares of the sources of a mixture, to follow its progress. */
    public static String shares(Map<String, Long> tokens) {
        long all =
                Math.max(1, tokens.values().stream().mapToLong(Long::longValue).sum());
        return tokens.entrySet().stream()
                .map(source -> String.format("%s %.1f%%", source.getKey(), 100.0 * source.getValue() / all))
                .collect(Collectors.joining(", "));
    }

    public static String published(PublishResult result) {
        if (!result.sources().isEmpty()) {
            return publishedMixture(result);
        }
        String state =
                !result.complete() ? "stopped after " : result.wasComplete() ? "was complete with " : "complete: ";
        return String.format(
                "corpus %s %s%,d %s, %,d tokens%s",
                result.corpus(),
                state,
                result.batches(),
                Plural.of(result.batches(), "batch"),
                result.predictedTokens(),
                result.wasComplete() || result.excluded() == null
                        ? ""
                        : "; " + result.report() + result.excluded().afterthought());
    }

    private static String publishedMixture(PublishResult mixture) {
        String state =
                !mixture.complete() ? "stopped after" : mixture.wasComplete() ? "was complete with" : "complete:";
        StringBuilder text = new StringBuilder(String.format(
                "mixture of %d %s %s %,d %s, %,d tokens",
                mixture.sources().size(),
                Plural.of(mixture.sources().size(), "corpus", "corpora"),
                state,
                mixture.batches(),
                Plural.of(mixture.batches(), "batch"),
                mixture.predictedTokens()));
        for (PublishResult source : mixture.sources()) {
            text.append(String.format(
                    "%n  %s, %.1f%% of the tokens: %,d %s, %,d tokens%s",
                    source.corpus(),
                    100.0 * source.predictedTokens() / Math.max(1, mixture.predictedTokens()),
                    source.batches(),
                    Plural.of(source.batches(), "batch"),
                    source.predictedTokens(),
                    source.excluded() == null
                            ? ""
                            : "; " + source.report() + source.excluded().afterthought()));
        }
        return text.toString();
    }

    /** Tables of models, the teacher first: scores on the held-out text, then scores on tasks, if there are any. */
    public static String models(Map<String, ModelScores> reports) {
        Map<String, ModelScores> teacherFirst = new LinkedHashMap<>();
        if (reports.containsKey("teacher")) {
            teacherFirst.put("teacher", reports.get("teacher"));
        }
        teacherFirst.putAll(reports);
        List<String> tables = new ArrayList<>();
        if (teacherFirst.values().stream().anyMatch(report -> report.evaluation() != null)) {
            tables.add(evaluations(teacherFirst));
        }
        if (teacherFirst.values().stream().anyMatch(report -> !report.tasks().isEmpty())) {
            tables.add(tasks(teacherFirst));
        }
        return String.join(String.format("%n%n"), tables);
    }

    private static String evaluations(Map<String, ModelScores> reports) {
        int width = nameWidth(reports);
        boolean keptOnly = reports.values().stream()
                .anyMatch(report ->
                        report.evaluation() != null && report.evaluation().isKeptOnly());
        StringBuilder table = new StringBuilder(String.format(
                "%-" + width + "s %8s %11s %10s %10s %10s %12s",
                "",
                "",
                "",
                "bits",
                keptOnly ? "KL over" : "KL to",
                "top-1",
                "calibration"));
        table.append(String.format(
                "%n%-" + width + "s %8s %11s %10s %10s %10s %12s",
                "",
                "loss",
                "perplexity",
                "per byte",
                keptOnly ? "kept" : "teacher",
                "agreement",
                "error"));
        reports.forEach((name, report) -> {
            Evaluation value = report.evaluation();
            table.append(String.format(
                    "%n%s %8.4f %11.2f %10.4f %10.4f %9.1f%% %12.4f",
                    label(name, width),
                    value.loss(),
                    value.perplexity(),
                    value.bitsPerByte(),
                    value.klToTeacher(),
                    100 * value.top1Agreement(),
                    value.calibrationError()));
        });
        return table.toString();
    }

    private static String tasks(Map<String, ModelScores> reports) {
        int width = nameWidth(reports);
        StringBuilder table = new StringBuilder(String.format(
                "%-" + width + "s %-12s %8s %10s %10s %8s", "", "task", "acc", "+/-", "acc_norm", "items"));
        reports.forEach((name, report) -> report.tasks()
                .forEach((task, score) -> table.append(String.format(
                        "%n%s %-12s %8.4f %10.4f %10s %,8d",
                        label(name, width),
                        task,
                        score.acc(),
                        score.accError(),
                        score.accNorm() == null ? "" : String.format("%.4f", score.accNorm()),
                        score.items()))));
        return table.toString();
    }

    // Keeps the table within 80 columns.
    private static int nameWidth(Map<String, ModelScores> reports) {
        return Math.min(
                LONGEST_NAME,
                reports.keySet().stream().mapToInt(String::length).max().orElse(0));
    }

    /** A name padded to a width; a longer name takes a line of its own. */
    private static String label(String name, int width) {
        return name.length() <= width
                ? String.format("%-" + width + "s", name)
                : String.format("%s%n%" + width + "s", name, "");
    }

    /** Content of a topic, one fact per line. */
    public static String inspection(TopicInspection topic) {
        StringBuilder text = new StringBuilder(String.format(
                "topic        %s, %s, %d %s, %s",
                topic.topic(),
                topic.holds(),
                topic.partitions(),
                Plural.of(topic.partitions(), "partition"),
                state(topic)));
        topic.batches().forEach((corpus, batches) -> {
            long missing = topic.expectedBatches().getOrDefault(corpus, batches) - batches;
            text.append(String.format(
                    "%ncorpus       %s, %,d %s%s",
                    Printable.of(corpus),
                    batches,
                    Plural.of(batches, "batch"),
                    missing <= 0
                            ? ""
                            : String.format(
                                    "; %,d that the end-of-corpus marker counts are missing%s",
                                    missing,
                                    topic.holds().equals("logits")
                                            ? ": 'logitstream inspect' of the dead-letter topic lists the failed"
                                                    + " batches"
                                            : "")));
        });
        text.append(String.format("%ntokens       %,d", topic.tokens()));
        text.append(String.format(
                "%nbytes/token  %.1f in the records%s",
                topic.recordBytesPerToken(),
                topic.diskBytesPerToken() == null ? "" : String.format(", %.1f on disk", topic.diskBytesPerToken())));
        if (topic.bytesPerToken() != null) {
            TopicInspection.BytesPerToken bytes = topic.bytesPerToken();
            text.append(String.format(
                    "%nspent on      kept ids %.1f, values %.1f, statistics %.1f, tokens %.1f, the rest %.1f",
                    bytes.supportIds(), bytes.values(), bytes.statistics(), bytes.tokenIds(), bytes.rest()));
        }
        topic.tokenizers()
                .forEach(tokenizer -> text.append(String.format("%ntokenizer    %s", Printable.of(tokenizer))));
        topic.teachers().forEach(teacher -> text.append(String.format("%nteacher      %s", Printable.of(teacher))));
        topic.selections()
                .forEach(selection -> text.append(String.format("%nselection    %s", Printable.of(selection))));
        topic.codecs().forEach(codec -> text.append(String.format("%ncodec        %s", Printable.of(codec))));
        if (topic.kept() != null) {
            text.append(String.format(
                    "%nkept         %.1f entries per position (median %d, 99th percentile %d), mass %.4f",
                    topic.kept().mean(), topic.kept().median(), topic.kept().p99(), topic.meanMassKept()));
            text.append(String.format("%nentropy      %s", entropy(topic)));
        }
        return text.toString();
    }

    private static String entropy(TopicInspection topic) {
        if (topic.meanEntropy() == null) {
            return "no statistics (served teacher)";
        }
        String mean = String.format("%.3f nats, the teacher's mean", topic.meanEntropy());
        return topic.tokensWithStatistics() == topic.tokens()
                ? mean
                : String.format(
                        "%s over %,d tokens; the other %,d have no statistics (served teacher)",
                        mean, topic.tokensWithStatistics(), topic.tokens() - topic.tokensWithStatistics());
    }

    private static String state(TopicInspection topic) {
        if (!topic.ended()) {
            return "no end-of-corpus marker yet";
        }
        return topic.complete() ? "complete" : "ended, not complete";
    }

    /** Table at the end of a distillation. */
    public static String summary(DistillSummary summary, Path out) {
        Map<String, ModelScores> all = new LinkedHashMap<>();
        all.put("teacher", summary.teacher());
        all.putAll(summary.students());
        return String.format(
                "%s%n%n%,d tokens per student, %,d held-out tokens,%n%.1f bytes per token in the logits topic, %.0f s%n"
                        + "%sresults in %s:%n%s, report.html, summary.json",
                models(all),
                summary.tokens(),
                summary.teacher().evaluation().tokens(),
                summary.bytesPerToken(),
                summary.seconds(),
                summary.teacherCorpusLoss() == null
                        ? ""
                        : String.format(
                                "the teacher's loss on the corpus is %.4f nats per token%n",
                                summary.teacherCorpusLoss()),
                out,
                summary.students().keySet().stream()
                        .map(name -> "students/" + name)
                        .collect(Collectors.joining(", ")));
    }
}

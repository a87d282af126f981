package io.logitstream.pipeline.report;

import io.logitstream.messages.Plural;
import io.logitstream.messages.Printable;
import io.logitstream.producers.MixtureEstimate;
import java.math.BigDecimal;

/** Text of {@code produce --dry-run} for a mixture: what it gives, then the same of one pass over each source. */
public final class MixtureEstimateText {
    private static final int LONGEST_NAME = 24;

    private MixtureEstimateText() {}

    public static String of(MixtureEstimate mixture) {
        double tokens = Math.max(1, mixture.tokens());
        double seconds = mixture.sum(estimate -> estimate.seconds());
        StringBuilder text = new StringBuilder(String.format(
                "mixture      %d %s%s",
                mixture.sources().size(),
                Plural.of(mixture.sources().size(), "corpus", "corpora"),
                mixture.isWhole() ? ", read as a whole" : ", estimated"));
        text.append(String.format("%ntokens       %,d", Math.round(mixture.tokens())));
        text.append(String.format("%nrecords      %,d", Math.round(mixture.sum(estimate -> estimate.batches()))));
        text.append(String.format(
                "%ntopic        %,d bytes, compressed with zstd, for each replica",
                Math.round(mixture.sum(estimate -> estimate.packedBytes()))));
        text.append(String.format(
                "%ntime         %s to read and tokenize here (%,.0f tokens/s)",
                CorpusEstimateText.duration(seconds), tokens / Math.max(1e-9, seconds)));
        int width = Math.min(
                LONGEST_NAME,
                mixture.sources().stream()
                        .mapToInt(source -> source.name().length())
                        .max()
                        .orElse(0));
        width = Math.max(width, "corpus".length());
        text.append(String.format(
                "%n%n%-" + width + "s %8s %8s %16s %14s", "corpus", "weight", "share", "tokens", "epochs"));
        for (MixtureEstimate.Source source : mixture.sources()) {
            text.append(String.format(
                    "%n%-" + width + "s %8s %7.1f%% %,16d %14s",
                    Printable.of(source.name(), LONGEST_NAME),
                    weight(source.weight()),
                    100 * source.tokens() / tokens,
                    Math.round(source.tokens()),
                    String.format("%.2f of %d", source.passes(), source.epochs())));
        }
        mixture.sources().stream()
                .filter(source -> source.endsAfter() != null)
                .forEach(source -> text.append(String.format(
                        "%n%s ends after %,d tokens of the mixture; to keep its share to the end takes %.1f epochs of it",
                        Printable.of(source.name()), Math.round(source.endsAfter()), source.epochsToEnd())));
        mixture.sources()
                .forEach(source -> text.append(String.format("%n%n%s", CorpusEstimateText.of(source.onePass()))));
        return text.toString();
    }

    private static String weight(double weight) {
        return BigDecimal.valueOf(weight).stripTrailingZeros().toPlainString();
    }
}

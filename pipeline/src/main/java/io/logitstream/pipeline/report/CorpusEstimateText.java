package io.logitstream.pipeline.report;

import io.logitstream.messages.Plural;
import io.logitstream.messages.Printable;
import io.logitstream.producers.CorpusEstimate;
import io.logitstream.producers.corpus.CorpusReport;

/** Text of {@code produce --dry-run}: what a corpus gives, one fact per line. */
public final class CorpusEstimateText {
    private CorpusEstimateText() {}

    public static String of(CorpusEstimate estimate) {
        CorpusReport report = estimate.report();
        StringBuilder text = new StringBuilder(String.format("corpus       %s, ", Printable.of(estimate.corpus())));
        text.append(
                estimate.isWhole()
                        ? "read as a whole: the counts are exact"
                        : String.format(
                                "estimated from %.2g%% of its bytes, %,d %s in %,d %s",
                                100 * estimate.fraction(),
                                report.documents(),
                                Plural.of(report.documents(), "document"),
                                report.files(),
                                Plural.of(report.files(), "file")));
        text.append(String.format("%ndocuments    %,d", estimate.ofText(report.documents())));
        if (estimate.excluded().documents() > 0) {
            text.append(String.format(
                    ", and %,d that are %s",
                    estimate.ofText(estimate.excluded().documents()),
                    estimate.excluded().heldOutPart() ? "not held out" : "held out"));
        }
        text.append(String.format("%nbytes        %,d of text", estimate.ofText(report.textBytes())));
        text.append(String.format("%ntokens       %,d", estimate.whole(estimate.tokens())));
        text.append(String.format(
                "%nbytes/token  %.2f of text",
                estimate.ofText(report.textBytes())
                        * (double) estimate.passes()
                        / Math.max(1, estimate.whole(estimate.tokens()))));
        text.append(String.format("%nrecords      %,d", estimate.whole(estimate.batches())));
        text.append(String.format(
                "%ntopic        %,d bytes, compressed with zstd, for each replica",
                estimate.whole(estimate.packedBytes())));
        text.append(String.format(
                "%ntime         %s to read and tokenize here (%,.0f tokens/s)",
                duration(estimate.seconds() / estimate.fraction()),
                estimate.tokens() / Math.max(1e-9, estimate.seconds())));
        long leftOut = report.skippedFiles() + report.brokenLines() + report.emptyDocuments();
        text.append(String.format(
                "%nleft out     %s",
                leftOut == 0
                        ? "nothing so far"
                        : String.format(
                                "so far %,d %s, %,d %s, %,d empty %s",
                                report.skippedFiles(),
                                Plural.of(report.skippedFiles(), "file"),
                                report.brokenLines(),
                                Plural.of(report.brokenLines(), "line or row", "lines or rows"),
                                report.emptyDocuments(),
                                Plural.of(report.emptyDocuments(), "document"))));
        report.problems().forEach(problem -> text.append(String.format("%n             %s", Printable.of(problem))));
        return text.toString();
    }

    static String duration(double seconds) {
        if (seconds < 120) {
            return String.format("%.0f s", seconds);
        }
        return seconds < 7200 ? String.format("%.0f min", seconds / 60) : String.format("%.1f hours", seconds / 3600);
    }
}

package io.logitstream.pipeline.pruning;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A pruning report as text. */
public final class PruningTable {
    private static final Map<String, String> NAMES = Map.of(
            "layers", "layers",
            "feedForward", "feed-forward",
            "heads", "heads",
            "keyValueHeads", "key-value heads",
            "hidden", "hidden size");

    private PruningTable() {}

    /** Sizes with the share of importance that is kept, losses, and the importance of the layers. */
    public static String of(PruningReport report) {
        StringBuilder text =
                new StringBuilder(String.format("%-15s %13s %13s %11s", "", "source", "pruned", "importance"));
        report.sizes()
                .forEach((key, change) ->
                        text.append(row(NAMES.get(key), change.source(), change.pruned(), share(key, report))));
        text.append(row(
                "parameters", report.parameters().source(), report.parameters().pruned(), ""));
        text.append(String.format(
                "%n%-15s %13.4f %13.4f   before any training",
                "loss", report.loss().source(), report.loss().pruned()));
        text.append(String.format("%n%n%s", layers(report)));
        PruningReport.CalibrationRows rows = report.calibration();
        return text.append(String.format(
                        "%n%nmeasured on %,d rows of %,d tokens of %s", rows.rows(), rows.contextLength(), rows.text()))
                .toString();
    }

    private static String row(String name, long source, long pruned, String share) {
        return String.format("%n%-15s %,13d %,13d %11s", name, source, pruned, share)
                .stripTrailing();
    }

    private static String share(String key, PruningReport report) {
        return switch (key) {
            case "feedForward" -> mean(report, PruningReport.Layer::neurons);
            case "keyValueHeads" -> mean(report, PruningReport.Layer::keyValueHeads);
            case "hidden" -> percent(report.channels().importanceShare());
            default -> "";
        };
    }

    private static String mean(PruningReport report, Function<PruningReport.Layer, PruningReport.Part> part) {
        return percent(report.layers().stream()
                .filter(PruningReport.Layer::kept)
                .mapToDouble(layer -> part.apply(layer).importanceShare())
                .average()
                .orElse(1));
    }

    private static String percent(double share) {
        return String.format("%.1f %%", 100 * share);
    }

    private static String layers(PruningReport report) {
        StringBuilder text = new StringBuilder();
        List<PruningReport.Layer> layers = report.layers();
        String what = report.blocks() == null ? "importance" : "block from here";
        text.append(String.format("%-6s %15s  %s", "layer", what, "key-value heads kept"));
        IntStream.range(0, layers.size()).forEach(i -> {
            PruningReport.Layer layer = layers.get(i);
            Double importance = report.blocks() == null
                    ? layer.importance()
                    : i < report.blocks().size() ? report.blocks().get(i) : null;
            text.append(String.format(
                            "%n%-6d %15s  %s",
                            i,
                            importance == null ? "" : String.format("%.6f", importance),
                            layer.kept() ? layer.keyValueHeads().kept() : "left out")
                    .stripTrailing());
        });
        return text.toString();
    }
}

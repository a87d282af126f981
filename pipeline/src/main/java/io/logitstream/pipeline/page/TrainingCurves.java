package io.logitstream.pipeline.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Training curves of a run, downsampled for plots: each point is the mean of several steps. The number of steps per
 * point doubles as the run grows, so that there are never more than {@value #MOST_POINTS} points. Not thread-safe.
 */
public final class TrainingCurves {
    /** Plotted terms: keys of {@code metrics.jsonl} and their display names. */
    public static final Map<String, String> TERMS = terms();

    private static final List<String> KEYS = List.copyOf(TERMS.keySet());
    /** Maximum number of points; when it is reached, neighbours are averaged. Even. */
    static final int MOST_POINTS = 240;

    private static final MathContext DIGITS = new MathContext(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<double[]> points = new ArrayList<>();
    private double[] sums = new double[KEYS.size() + 1];
    private int inStretch;
    private int stretch = 1;

    private static Map<String, String> terms() {
        Map<String, String> terms = new LinkedHashMap<>();
        terms.put("lm", "text loss");
        terms.put("kd", "distillation loss");
        terms.put("loss", "weighted loss");
        terms.put("alpha", "alpha");
        terms.put("learningRate", "learning rate");
        terms.put("gradientNorm", "gradient norm");
        return terms;
    }

    /**
     * Reads the curves of a run.
     *
     * @param file {@code metrics.jsonl}; a missing file gives empty curves
     */
    public static TrainingCurves read(Path file) {
        TrainingCurves curves = new TrainingCurves();
        if (!Files.exists(file)) {
            return curves;
        }
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                // The last line of a run in progress may be incomplete.
                if (line.endsWith("}")) {
                    JsonNode step = JSON.readTree(line);
                    curves.add(
                            step.path("tokens").asDouble(),
                            term -> step.path(term).asDouble());
                }
            }
        } catch (IOException e) {
            throw new LogitstreamException(file + " cannot be read: " + FailureText.of(e), e);
        }
        return curves;
    }

    /**
     * Adds a step.
     *
     * @param tokens predicted tokens so far
     * @param value value of a term
     */
    public void add(double tokens, ToDoubleFunction<String> value) {
        sums[0] = tokens;
        for (int i = 0; i < KEYS.size(); i++) {
            sums[i + 1] += value.applyAsDouble(KEYS.get(i));
        }
        inStretch++;
        if (inStretch < stretch) {
            return;
        }
        points.add(mean());
        sums = new double[sums.length];
        inStretch = 0;
        if (points.size() == MOST_POINTS) {
            for (int i = 0; i < MOST_POINTS / 2; i++) {
                double[] first = points.get(2 * i);
                double[] second = points.get(2 * i + 1);
                for (int j = 1; j < second.length; j++) {
                    second[j] = (first[j] + second[j]) / 2;
                }
                points.set(i, second);
            }
            points.subList(MOST_POINTS / 2, MOST_POINTS).clear();
            stretch *= 2;
        }
    }

    private double[] mean() {
        double[] mean = Arrays.stream(sums).map(sum -> sum / inStretch).toArray();
        mean[0] = sums[0];
        return mean;
    }

    /** Points by term, with {@code tokens} as the x axis; empty before the first step. */
    public Map<String, List<Double>> values() {
        List<double[]> all = new ArrayList<>(points);
        if (inStretch > 0) {
            all.add(mean());
        }
        Map<String, List<Double>> values = new LinkedHashMap<>();
        if (!all.isEmpty()) {
            values.put("tokens", all.stream().map(point -> point[0]).toList());
            for (int i = 0; i < KEYS.size(); i++) {
                int column = i + 1;
                // Without a teacher there is no distillation loss.
                if (!KEYS.get(i).equals("kd") || all.stream().anyMatch(point -> point[column] != 0)) {
                    values.put(
                            KEYS.get(i),
                            all.stream().map(point -> rounded(point[column])).toList());
                }
            }
        }
        return values;
    }

    // Five significant digits suffice for a plot and make the report a third of the size.
    private static double rounded(double value) {
        if (value == 0 || !Double.isFinite(value)) {
            return 0;
        }
        return BigDecimal.valueOf(value).round(DIGITS).doubleValue();
    }
}

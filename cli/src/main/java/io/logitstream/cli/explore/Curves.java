package io.logitstream.cli.explore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.schemas.LogitstreamException;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Curves of a run for a picture: its {@code metrics.jsonl}, thinned to means of stretches of steps. */
final class Curves {
  /** Numbers of a step that are drawn, with their names. */
  static final Map<String, String> TERMS = terms();
  private static final int MOST_POINTS = 160;
  private static final MathContext DIGITS = new MathContext(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private Curves() {}

  private static Map<String, String> terms() {
    Map<String, String> terms = new LinkedHashMap<>();
    terms.put("lm", "lm: loss of the text");
    terms.put("kd", "kd: distillation loss");
    terms.put("loss", "loss");
    terms.put("alpha", "alpha");
    terms.put("learningRate", "learning rate");
    terms.put("gradientNorm", "gradient norm");
    return terms;
  }

  /**
   * Reads a run's curves.
   *
   * @param file {@code metrics.jsonl}; none gives none
   * @return points by term, with those of {@code tokens} on the x axis
   */
  static Map<String, List<Double>> read(Path file) {
    List<JsonNode> steps = new ArrayList<>();
    if (!Files.exists(file)) {
      return Map.of();
    }
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        // A run that is still going on may have written half of its last line.
        if (line.endsWith("}")) {
          steps.add(JSON.readTree(line));
        }
      }
    } catch (IOException e) {
      throw new LogitstreamException(file + " cannot be read: " + e, e);
    }
    Map<String, List<Double>> curves = new LinkedHashMap<>();
    int points = Math.min(MOST_POINTS, steps.size());
    for (int point = 0; point < points; point++) {
      List<JsonNode> stretch = steps.subList(point * steps.size() / points, (point + 1) * steps.size() / points);
      add(curves, "tokens", stretch.get(stretch.size() - 1).path("tokens").asDouble());
      for (String term : TERMS.keySet()) {
        add(curves, term, stretch.stream().mapToDouble(step -> step.path(term).asDouble()).average().orElseThrow());
      }
    }
    if (curves.getOrDefault("kd", List.of()).stream().allMatch(value -> value == 0)) {
      curves.remove("kd");
    }
    return curves;
  }

  private static void add(Map<String, List<Double>> curves, String term, double value) {
    curves.computeIfAbsent(term, key -> new ArrayList<>()).add(rounded(value));
  }

  // Five digits: a picture has no more, and the file would be three times as large.
  private static double rounded(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return 0;
    }
    return BigDecimal.valueOf(value).round(DIGITS).doubleValue();
  }
}

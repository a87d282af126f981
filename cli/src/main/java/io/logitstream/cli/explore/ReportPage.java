package io.logitstream.cli.explore;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.schemas.LogitstreamException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/** {@code report.html}: one file with data, script and style in it, which needs no network. */
public final class ReportPage {
  private static final ObjectMapper JSON = new ObjectMapper();

  private ReportPage() {}

  /**
   * Makes the page.
   *
   * @param results results of an exploration
   * @param plan its plan
   * @param folders folder of a run's student
   * @param scaling fitted laws to draw, empty for none
   */
  public static String html(ExplorationResults results, ExplorationPlan plan, Function<RunState, Path> folders,
      List<Map<String, Object>> scaling) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("results", results);
    Map<String, Object> curves = new LinkedHashMap<>();
    for (ExplorationResults.RunResult result : results.runs()) {
      if (result.run() != null) {
        curves.put(result.run().id(), Curves.read(folders.apply(result.run()).resolve("metrics.jsonl")));
      }
    }
    data.put("curves", curves);
    data.put("terms", Curves.TERMS.keySet());
    data.put("termNames", Curves.TERMS);
    data.put("prompts", plan.prompts());
    data.put("differing", differing(results));
    data.put("scaling", scaling);
    try {
      // Within a script element only what looks like the beginning of a tag could end it.
      String json = JSON.writeValueAsString(data).replace("<", "\\u003c");
      return resource("report.html").replace("@TITLE@", escaped(String.valueOf(results.name())))
          .replace("@CSS@", resource("report.css")).replace("@PLOT@", resource("plot.js"))
          .replace("@REPORT@", resource("report.js")).replace("@DATA@", json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Settings in which runs differ. */
  private static Set<String> differing(ExplorationResults results) {
    List<Map<String, Object>> all = results.runs().stream().map(ExplorationResults.RunResult::run)
        .filter(Objects::nonNull).map(RunState::settings).toList();
    Set<String> keys = new LinkedHashSet<>();
    all.forEach(settings -> keys.addAll(settings.keySet()));
    keys.removeIf(key -> all.stream().map(settings -> settings.get(key)).distinct().count() < 2);
    return keys;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static String resource(String name) {
    try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LogitstreamException(name + " cannot be read: " + e, e);
    }
  }
}

package io.logitstream.cli.explore;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.cli.report.RunDescription;
import io.logitstream.messages.FailureText;
import io.logitstream.schemas.LogitstreamException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** {@code report.html}: one file with data, script and style in it, which needs no network. */
public final class ReportPage {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final List<String> SCRIPTS =
      List.of("plot.js", "report-view.js", "report-tables.js", "report-axes.js", "report-curves.js", "report-front.js",
          "report.js");

  private static final Pattern PLACE = Pattern.compile("@([A-Z]+)@");
  private static final String PLOT_FOLDER = plotFolder();
  /** uPlot from its webjar, with its licence. */
  private static final String PLOT = "/*!\n" + resource(PLOT_FOLDER + "LICENSE") + "*/\n"
      + resource(PLOT_FOLDER + "dist/uPlot.iife.min.js");
  private static final String PLOT_STYLE = resource(PLOT_FOLDER + "dist/uPlot.min.css");

  private ReportPage() {}

  /**
   * Makes the page.
   *
   * @param title its title
   * @param json what {@link #json} has made
   */
  public static String html(String title, String json) {
    return page("report.html", title, script("show-report.js"), json);
  }

  /** The page of a running command, which asks its server for everything. */
  public static String live(String title) {
    return page("live.html", title, script("live.js"), "");
  }

  // One pass, so that what a title or the data hold is never taken for a place of the template.
  private static String page(String name, String title, String script, String data) {
    Map<String, String> values = Map.of("TITLE", escaped(String.valueOf(title)), "CSS", PLOT_STYLE + resource("report.css"),
        "SCRIPT", script, "SCRIPTHASH", hash(script), "DATA", data);
    return PLACE.matcher(resource(name)).replaceAll(place -> Matcher.quoteReplacement(values.get(place.group(1))));
  }

  private static String script(String last) {
    return "\n" + PLOT + SCRIPTS.stream().map(ReportPage::resource).collect(Collectors.joining("\n")) + "\n"
        + resource(last);
  }

  // The policy of the page lets this script run and no other, nor anything that loads from elsewhere.
  private static String hash(String script) {
    try {
      return Base64.getEncoder()
          .encodeToString(MessageDigest.getInstance("SHA-256").digest(script.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The data of the page, as JSON that may stand within a script element.
   *
   * @param results results of an exploration
   * @param plan its plan
   * @param folders folder of a run's student
   * @param scaling fitted laws to draw, empty for none
   * @param about command, versions and configuration
   */
  public static String json(ExplorationResults results, ExplorationPlan plan, Function<RunState, Path> folders,
      List<Map<String, Object>> scaling, RunDescription about) {
    Map<String, Object> data = new LinkedHashMap<>();
    data.put("about", about);
    data.put("results", results);
    Map<String, Object> curves = new LinkedHashMap<>();
    for (ExplorationResults.RunResult result : results.runs()) {
      if (result.run() != null) {
        curves.put(result.run().id(), Curves.read(folders.apply(result.run()).resolve("metrics.jsonl")).values());
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
      return JSON.writeValueAsString(data).replace("<", "\\u003c");
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

  private static String plotFolder() {
    Properties properties = new Properties();
    try (Reader in = new StringReader(resource("/META-INF/maven/org.webjars.npm/uplot/pom.properties"))) {
      properties.load(in);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return "/META-INF/resources/webjars/uplot/" + properties.getProperty("version") + "/";
  }

  private static String resource(String name) {
    try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LogitstreamException(name + " cannot be read: " + FailureText.of(e), e);
    }
  }
}

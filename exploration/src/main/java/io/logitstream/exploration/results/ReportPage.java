package io.logitstream.exploration.results;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.exploration.plan.ExplorationPlan;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.pipeline.page.PageTemplate;
import io.logitstream.pipeline.page.TrainingCurves;
import io.logitstream.pipeline.report.RunDescription;
import io.logitstream.student.checkpoint.StudentFolder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/** The page {@code report.html}: a single file with data, script and style, which loads nothing from the network. */
public final class ReportPage {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ReportPage() {}

    /**
     * Renders the page.
     *
     * @param title title of the page
     * @param json result of {@link #json}
     */
    public static String html(String title, String json) {
        return PageTemplate.html("report.html", title, "show-report.js", json);
    }

    /**
     * Data of the page as JSON, safe inside a script element.
     *
     * @param results results of an exploration
     * @param plan its plan
     * @param folders folder of a run's student
     * @param scaling fitted laws to draw; may be empty
     * @param about command, versions and configuration
     */
    public static String json(
            ExplorationResults results,
            ExplorationPlan plan,
            Function<RunRecord, Path> folders,
            List<Map<String, Object>> scaling,
            RunDescription about) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("about", about);
        data.put("results", results);
        Map<String, Object> curves = new LinkedHashMap<>();
        for (ExplorationResults.RunResult result : results.runs()) {
            if (result.run() != null) {
                curves.put(
                        result.run().id(),
                        TrainingCurves.read(new StudentFolder(folders.apply(result.run())).metrics())
                                .values());
            }
        }
        data.put("curves", curves);
        data.put("terms", TrainingCurves.TERMS.keySet());
        data.put("termNames", TrainingCurves.TERMS);
        data.put("prompts", plan.prompts());
        data.put("differing", differing(results));
        data.put("scaling", scaling);
        try {
            // Only the start of a tag could end a script element.
            return JSON.writeValueAsString(data).replace("<", "\\u003c");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Settings in which the runs differ. */
    private static Set<String> differing(ExplorationResults results) {
        List<Map<String, Object>> all = results.runs().stream()
                .map(ExplorationResults.RunResult::run)
                .filter(Objects::nonNull)
                .map(RunRecord::settings)
                .toList();
        Set<String> keys = new LinkedHashSet<>();
        all.forEach(settings -> keys.addAll(settings.keySet()));
        keys.removeIf(key ->
                all.stream().map(settings -> settings.get(key)).distinct().count() < 2);
        return keys;
    }
}

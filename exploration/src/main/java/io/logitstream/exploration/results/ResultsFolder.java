package io.logitstream.exploration.results;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.exploration.plan.RunRecord;
import io.logitstream.files.JsonFiles;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Folder of a plan's results: {@code results.json}, {@code results.csv}, {@code variants.csv} and {@code report.html}.
 */
public record ResultsFolder(Path path) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String RESULTS = "results.json";

    /**
     * Writes all files.
     *
     * @param report data of the report, see {@link ReportPage#json}
     */
    public void write(ExplorationResults results, String report) {
        try {
            Files.createDirectories(path);
        } catch (IOException e) {
            throw new LogitstreamException("folder " + path + " cannot be written: " + FailureText.of(e), e);
        }
        JsonFiles.write(path.resolve(RESULTS), results);
        JsonFiles.writeText(path.resolve("results.csv"), ResultsCsv.runs(results));
        JsonFiles.writeText(path.resolve("variants.csv"), ResultsCsv.variants(results));
        JsonFiles.writeText(path.resolve("report.html"), ReportPage.html(results.name(), report));
    }

    /** Whether the folder contains results. */
    public boolean isThere() {
        return Files.isRegularFile(path.resolve(RESULTS));
    }

    /** Records of the plan's runs. */
    public List<RunRecord> runs() {
        Path file = path.resolve(RESULTS);
        List<RunRecord> runs = new ArrayList<>();
        for (JsonNode run :
                JsonFiles.read(file, new TypeReference<JsonNode>() {}).path("runs")) {
            if (run.hasNonNull("run")) {
                try {
                    runs.add(JSON.treeToValue(run.get("run"), RunRecord.class));
                } catch (IOException e) {
                    throw new LogitstreamException(
                            file + " cannot be read: " + FailureText.of(e)
                                    + "; run explore with its plan again to rewrite it",
                            e);
                }
            }
        }
        return runs;
    }
}

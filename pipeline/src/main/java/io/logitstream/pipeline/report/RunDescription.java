package io.logitstream.pipeline.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;

/**
 * Head of a report.
 *
 * @param command command line, as it can be typed again; null if unknown
 * @param date when the report was written
 * @param versions versions of logitstream, its libraries and the system, by name
 * @param teacher folder of the teacher; null if runs have different ones
 * @param configurationOf what the configuration belongs to
 * @param configuration resolved configuration as YAML
 * @param files files with the same data, relative to the report's folder
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunDescription(
        String command,
        String date,
        Map<String, String> versions,
        String teacher,
        String configurationOf,
        String configuration,
        List<String> files) {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
            .build();

    /**
     * Description of a report written now.
     *
     * @param config resolved configuration
     */
    public static RunDescription now(
            String command, String teacher, String configurationOf, Object config, List<String> files) {
        try {
            return new RunDescription(
                    command,
                    ZonedDateTime.now(ZoneId.systemDefault()).format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm z")),
                    Versions.all(),
                    teacher,
                    configurationOf,
                    YAML.writeValueAsString(config),
                    files);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.logitstream.exploration.results;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs of a plan behind the exploration report, from a CSV file with a line for each variant and seed.
 *
 * @param variants lines by variant, in the file's order, and by seed; a line has its values by column
 */
record ReportedRuns(Map<String, Map<Long, Map<String, String>>> variants) {
    static ReportedRuns read(Path csv) throws IOException {
        Map<String, Map<Long, Map<String, String>>> variants = new LinkedHashMap<>();
        try (MappingIterator<Map<String, String>> rows = new CsvMapper()
                .readerForMapOf(String.class)
                .with(CsvSchema.emptySchema().withHeader())
                .readValues(Files.readString(csv))) {
            while (rows.hasNext()) {
                Map<String, String> row = rows.next();
                variants.computeIfAbsent(row.get("variant"), name -> new LinkedHashMap<>())
                        .put(Long.valueOf(row.get("seed")), row);
            }
        }
        return new ReportedRuns(variants);
    }

    /** Values of a metric by seed. */
    Map<Long, Double> values(String variant, String metric) {
        Map<Long, Map<String, String>> rows = variants.get(variant);
        if (rows == null) {
            throw new IllegalArgumentException("no variant " + variant + ", only " + variants.keySet());
        }
        Map<Long, Double> values = new LinkedHashMap<>();
        rows.forEach((seed, row) -> values.put(seed, Double.valueOf(row.get(metric))));
        return values;
    }

    /** Statistics of a metric over the seeds. */
    SampleStatistics statistics(String variant, String metric) {
        return SampleStatistics.of(List.copyOf(values(variant, metric).values()));
    }

    /** Bytes of the logits per token; null without a teacher. */
    Double bytesPerToken(String variant) {
        String bytes = variants.get(variant).values().iterator().next().get("bytesPerToken");
        return bytes.isEmpty() ? null : Double.valueOf(bytes);
    }
}

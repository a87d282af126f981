package io.logitstream.producers.corpus.files;

import io.logitstream.producers.corpus.source.CorpusConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Recognises a data set folder of Hugging Face, whose description, metadata and images are no documents. Other folders
 * keep all files: in a folder of source code, a README is a document like any other.
 */
final class DatasetFolder {
    private static final Pattern DATA = Pattern.compile("(?i).*\\.(parquet|arrow|idx|(jsonl|ndjson)(\\.(gz|zst))?)");
    private static final Pattern COLUMNAR = Pattern.compile("(?i).*\\.(parquet|arrow|idx)");
    private static final Pattern METADATA = Pattern.compile("(?i)(.*/)?(dataset_infos?|dataset_dict|state)\\.json");
    private static final Pattern BESIDE = Pattern.compile(
            "(?i)(.*/)?((readme|license|citation|contributing)[^/]*|[^/]*\\.(png|jpe?g|gif|webp|svg|ico|pdf))");
    // Directly in the folder: the loading script and further cards.
    private static final Pattern SCRIPT = Pattern.compile("(?i)[^/]*\\.(py|md)");
    private static final Pattern SPLIT = Pattern.compile("(?i)(?:.*/)?(train|test|valid|validation|val|dev)[-._/].*");
    private static final String ATTRIBUTES = ".gitattributes";
    private static final int NAMED = 5;

    private DatasetFolder() {}

    /**
     * The files of a folder without those beside its data, which are named. All files if the folder is no data set, or
     * if {@code corpus.include} chooses files.
     */
    static List<CorpusFile> data(List<CorpusFile> files, CorpusConfig config, Path source, CorpusProblems problems) {
        boolean attributes = Files.exists(source.resolve(ATTRIBUTES));
        boolean dataset = files.stream()
                        .anyMatch(file -> COLUMNAR.matcher(file.name()).matches())
                || files.stream().anyMatch(file -> DATA.matcher(file.name()).matches())
                        && (attributes
                                || files.stream()
                                        .anyMatch(file ->
                                                METADATA.matcher(file.name()).matches()));
        if (!dataset || !config.include().isEmpty()) {
            return files;
        }
        List<CorpusFile> data = new ArrayList<>();
        List<String> beside = new ArrayList<>();
        SortedSet<String> splits = new TreeSet<>();
        for (CorpusFile file : files) {
            Matcher split = SPLIT.matcher(file.name());
            boolean isData = DATA.matcher(file.name()).matches();
            if (!isData && isBeside(file.name())) {
                beside.add(file.name());
            } else {
                data.add(file);
                if (split.matches() && isData) {
                    splits.add(split.group(1).toLowerCase(Locale.ROOT));
                }
            }
        }
        if (attributes) {
            beside.add(ATTRIBUTES);
        }
        tell(beside, splits, problems);
        return data;
    }

    private static boolean isBeside(String name) {
        return METADATA.matcher(name).matches()
                || BESIDE.matcher(name).matches()
                || SCRIPT.matcher(name).matches();
    }

    private static void tell(List<String> beside, SortedSet<String> splits, CorpusProblems problems) {
        if (!beside.isEmpty()) {
            beside.sort(null);
            problems.note("passed over " + String.join(", ", beside.subList(0, Math.min(NAMED, beside.size())))
                    + (beside.size() > NAMED ? " and " + (beside.size() - NAMED) + " more" : "")
                    + ": not data of the data set; corpus.include reads chosen files");
        }
        if (splits.size() > 1) {
            problems.note("the splits " + String.join(", ", splits)
                    + " are all read; choose with corpus.include, for example [\"**/train-*\"]");
        }
    }
}

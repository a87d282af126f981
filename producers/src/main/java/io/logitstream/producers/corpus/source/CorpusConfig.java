package io.logitstream.producers.corpus.source;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.schemas.BatchKey;
import io.logitstream.schemas.Documents;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Configuration of a corpus: its source, and how it is divided into batches. The batches are a function of corpus,
 * tokenizer and these settings.
 *
 * @param source folder, glob, file, zip or jar, or {@code -} for standard input; no default
 * @param name name of the corpus in keys and records; default: derived from the source
 * @param format {@code text} (a file is a document), {@code jsonl} (a line is one), {@code parquet} (a row is one) or
 *     {@code indexed} (token ids in .bin and .idx files); default: jsonl for names that end with .jsonl or .ndjson,
 *     parquet for .parquet, indexed for .idx files of tokens, text for all others and for standard input
 * @param textField field of a JSON line with the text, or column of a Parquet file, with dots for a nested one; default
 *     {@code text}
 * @param damaged what a damaged file does: {@code fail}, or {@code skip} to count it and leave its rest out; default:
 *     skip for text, fail for all others
 * @param include globs for files inside folders and archives, matched against the path inside, or against the file's
 *     name where the glob has no slash; default: all files. Files and folders whose name begins with a dot are left out
 *     in any case
 * @param shuffleSeed seed of the order of files (by a hash of seed and path) and of the rows within a shard; default 1.
 *     0 keeps the order of names and text
 * @param shardBytes bytes of text after which a shard ends; default 4 MiB. A killed run tokenizes at most one shard
 *     again
 * @param contextLength predicted tokens of a full row; default 256
 * @param rows rows of a full batch; default 8
 * @param maxTokens number of predicted tokens after which the corpus ends, with the batch that reaches it; default
 *     null: all text
 * @param holdOut every n-th document is held out for evaluation; default null: none
 * @param heldOutPart whether to publish the held-out documents instead of all others; default false
 * @param watch settings of a source folder in which files keep arriving; default null: the folder is read once
 * @param documents {@code joined} (a row is one text) or {@code isolated} (attention and positions begin anew with each
 *     document); default null: joined when the corpus is published, and what the records say when they are read
 * @param beginOfText whether a begin-of-text token precedes each document: {@code auto} (where the tokenizer's own
 *     settings add it), {@code always} or {@code never}; default null: auto
 * @param endOfText the token that ends each document, by its text in tokenizer.json; default null: the one that the
 *     tokenizer's configuration names
 * @param tokenizing threads and memory of tokenizing; default null: all processors
 * @param epochs passes over the source; default null: one. The shards of later passes follow those of the first
 * @param mixture sources of a mixture by their names, as {@code corpora} gives them; default null: the one source
 */
public record CorpusConfig(
        String source,
        String name,
        String format,
        String textField,
        @JsonInclude(JsonInclude.Include.NON_NULL) String damaged,
        List<String> include,
        Long shuffleSeed,
        Integer shardBytes,
        Integer contextLength,
        Integer rows,
        Long maxTokens,
        Integer holdOut,
        Boolean heldOutPart,
        WatchConfig watch,
        @JsonInclude(JsonInclude.Include.NON_NULL) Documents documents,
        @JsonInclude(JsonInclude.Include.NON_NULL) BeginOfText beginOfText,
        @JsonInclude(JsonInclude.Include.NON_NULL) String endOfText,
        @JsonInclude(JsonInclude.Include.NON_NULL) TokenizingConfig tokenizing,
        @JsonInclude(JsonInclude.Include.NON_NULL) Integer epochs,
        @JsonInclude(JsonInclude.Include.NON_NULL) Map<String, MixtureSource> mixture) {

    /** Source that denotes standard input. */
    public static final String STANDARD_INPUT = "-";

    private static final List<String> FORMATS = List.of("text", "jsonl", "parquet", "indexed");
    private static final String FAIL = "fail";
    private static final String SKIP = "skip";

    /**
     * Fills in the defaults.
     *
     * @throws UsageException when the source is missing or a value is invalid
     */
    public CorpusConfig {
        mixture = Mixtures.checked(mixture);
        if (mixture == null && (source == null || source.isBlank())) {
            throw new UsageException(
                    "no corpus is given; name a folder, glob, file, zip or jar, or - for standard input");
        }
        name = name != null ? name : mixture == null ? SourceName.of(source) : Mixtures.nameOf(mixture);
        name = watch == null ? name : watch.nameOf(name);
        textField = textField == null ? "text" : textField;
        include = include == null ? List.of() : List.copyOf(include);
        shuffleSeed = shuffleSeed == null ? 1L : shuffleSeed;
        shardBytes = shardBytes == null ? 4 << 20 : shardBytes;
        contextLength = contextLength == null ? 256 : contextLength;
        rows = rows == null ? 8 : rows;
        heldOutPart = heldOutPart != null && heldOutPart;
        if (holdOut != null && holdOut < 2) {
            throw new UsageException("corpus: holdOut is " + holdOut + ", but must be at least 2");
        }
        if (heldOutPart && holdOut == null) {
            throw new UsageException(
                    "corpus: heldOutPart is set, but holdOut does not say which documents are held out");
        }
        if (format != null && !FORMATS.contains(format)) {
            throw new UsageException("corpus format '" + format + "' is not known: use " + String.join(", ", FORMATS));
        }
        if (damaged != null && !damaged.equals(FAIL) && !damaged.equals(SKIP)) {
            throw new UsageException("corpus.damaged '" + damaged + "' is not known: use " + FAIL + " or " + SKIP);
        }
        requirePositive("shardBytes", shardBytes);
        requirePositive("contextLength", contextLength);
        requirePositive("rows", rows);
        requirePositive("maxTokens", maxTokens == null ? 1 : maxTokens);
        requirePositive("epochs", epochs == null ? 1 : epochs);
        epochs = epochs != null && epochs == 1 ? null : epochs;
        if (4L * rows * (contextLength + 1L) > Integer.MAX_VALUE / 2) {
            throw new UsageException(
                    "corpus: " + rows + " rows of " + contextLength + " tokens are too many for a record");
        }
        BatchKey.endOf(name);
        if (mixture != null) {
            Mixtures.require(source, watch, epochs);
        }
    }

    /** Configuration with the boundaries of documents that the tokenizer names, and joined documents. */
    public CorpusConfig(
            String source,
            String name,
            String format,
            String textField,
            String damaged,
            List<String> include,
            Long shuffleSeed,
            Integer shardBytes,
            Integer contextLength,
            Integer rows,
            Long maxTokens,
            Integer holdOut,
            Boolean heldOutPart,
            WatchConfig watch) {
        this(
                source,
                name,
                format,
                textField,
                damaged,
                include,
                shuffleSeed,
                shardBytes,
                contextLength,
                rows,
                maxTokens,
                holdOut,
                heldOutPart,
                watch,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    /** Configuration of a source with default settings. */
    public static CorpusConfig of(String source) {
        return new CorpusConfig(source, null, null, null, null, null, null, null, null, null, null, null, null, null);
    }

    /** The same with another source. */
    public CorpusConfig withSource(String other) {
        return with(other, damaged, documents, beginOfText, endOfText, tokenizing, mixture);
    }

    /** The same with other boundaries of documents. */
    public CorpusConfig withBoundaries(Documents otherDocuments, BeginOfText otherBegin, String otherEnd) {
        return with(source, damaged, otherDocuments, otherBegin, otherEnd, tokenizing, mixture);
    }

    /** The same with other settings of tokenizing. */
    public CorpusConfig withTokenizing(TokenizingConfig other) {
        return with(source, damaged, documents, beginOfText, endOfText, other, mixture);
    }

    /**
     * The same without the settings that do not decide on the text and its batches. A written-out default of a boundary
     * counts as none, so that both spellings name the same topic.
     */
    public CorpusConfig identity() {
        Documents given = documents == Documents.JOINED ? null : documents;
        BeginOfText givenBegin = beginOfText == BeginOfText.AUTO ? null : beginOfText;
        Map<String, MixtureSource> sources = mixture == null ? null : new TreeMap<>(mixture);
        if (sources != null) {
            sources.replaceAll((key, value) -> value.identity());
        }
        return with(source, null, given, givenBegin, endOfText, null, sources);
    }

    private CorpusConfig with(
            String otherSource,
            String otherDamaged,
            Documents otherDocuments,
            BeginOfText otherBegin,
            String otherEnd,
            TokenizingConfig otherTokenizing,
            Map<String, MixtureSource> otherMixture) {
        return new CorpusConfig(
                otherSource,
                name,
                format,
                textField,
                otherDamaged,
                include,
                shuffleSeed,
                shardBytes,
                contextLength,
                rows,
                maxTokens,
                holdOut,
                heldOutPart,
                watch,
                otherDocuments,
                otherBegin,
                otherEnd,
                otherTokenizing,
                epochs,
                otherMixture);
    }

    /** Passes over the source. */
    public int passes() {
        return epochs == null ? 1 : epochs;
    }

    /** Whether the documents are published as isolated ones. */
    @JsonIgnore
    public boolean isIsolated() {
        return documents == Documents.ISOLATED;
    }

    /** The tokens before each document. */
    public int[] tokensBeforeDocument(Tokenizer tokenizer) {
        return (beginOfText == null ? BeginOfText.AUTO : beginOfText).tokens(tokenizer);
    }

    /**
     * Whether a file that cannot be read to its end ends the corpus with an error.
     *
     * @param byDefault whether it does in its format if {@code damaged} is not set
     */
    public boolean failsOnDamage(boolean byDefault) {
        return damaged == null ? byDefault : damaged.equals(FAIL);
    }

    private static void requirePositive(String key, long value) {
        if (value < 1) {
            throw new UsageException("corpus: " + key + " is " + value + ", but must be at least 1");
        }
    }
}

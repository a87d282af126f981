package io.logitstream.cli.commands;

import io.logitstream.cli.options.ConfigOptions;
import io.logitstream.cli.options.Setting;
import io.logitstream.files.FolderLock;
import io.logitstream.messages.UsageException;
import io.logitstream.model.tokenizer.BpeTrainer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.producers.corpus.CorpusReader;
import io.logitstream.producers.corpus.source.BeginOfText;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "tokenizer",
        mixinStandardHelpOptions = true,
        description = {
            "Trains a byte-level BPE tokenizer on a corpus.",
            "Writes tokenizer.json and tokenizer_config.json, which transformers can open too.",
            "With corpus.beginOfText=always it has a begin-of-text token, which precedes each document."
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class TokenizerCommand implements Callable<Integer> {
    @Mixin
    private ConfigOptions common;

    @Setting("corpus.source")
    @Option(
            names = "--corpus",
            paramLabel = "SOURCE",
            description = "folder, glob, file, jar or zip, or - for standard input; replaces the configured corpus")
    private String corpus;

    @Option(
            names = "--vocabulary",
            paramLabel = "SIZE",
            defaultValue = "4096",
            description = "number of tokens in the vocabulary, ${DEFAULT-VALUE} by default")
    private int vocabulary;

    @Option(names = "--out", paramLabel = "DIR", required = true, description = "folder to write to")
    private Path out;

    @Override
    @SuppressWarnings("try") // The lock only has to be held.
    public Integer call() {
        LogitstreamConfig config = common.load();
        ProgressDisplay status = ProgressDisplay.standardError();
        if (config.corpus().mixture() != null) {
            throw new UsageException(
                    "a tokenizer is trained on one corpus; set corpora to null, and name the corpus with"
                            + " --corpus: a folder or glob may cover several");
        }
        try (CorpusReader reader = new CorpusReader(config.corpus());
                FolderLock lock = FolderLock.acquireOutput(out)) {
            boolean beginOfText = config.corpus().beginOfText() == BeginOfText.ALWAYS;
            int size = BpeTrainer.train(texts(reader, status), vocabulary, beginOfText, out);
            status.end();
            System.out.printf(
                    "tokenizer of %,d tokens in %s; %s%n",
                    size, out.toAbsolutePath().normalize(), reader.report());
        }
        return 0;
    }

    private static Iterator<String> texts(CorpusReader reader, ProgressDisplay status) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return reader.hasNext();
            }

            @Override
            public String next() {
                status.showText(() -> String.format("read %.0f%% of the corpus", 100 * reader.fraction()));
                return reader.next().text();
            }
        };
    }
}

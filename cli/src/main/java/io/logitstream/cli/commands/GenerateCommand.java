package io.logitstream.cli.commands;

import io.logitstream.messages.FailureText;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.messages.ModelException;
import io.logitstream.messages.UsageException;
import io.logitstream.model.LanguageModel;
import io.logitstream.model.LanguageModels;
import io.logitstream.model.generation.Sampler;
import io.logitstream.model.generation.Sampling;
import io.logitstream.model.generation.StopTokens;
import io.logitstream.model.generation.StreamingDecoder;
import io.logitstream.model.generation.TextGenerator;
import io.logitstream.model.libtorch.Torch;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.pipeline.stages.PreflightChecks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "generate",
        mixinStandardHelpOptions = true,
        description = {
            "Continues a text with a model, and streams tokens as they are generated.",
            "Reads the prompt from --prompt, --prompt-file or standard input. Ends at the"
                    + " end-of-text token, after --max-tokens, or when the model's context is full."
        },
        footer = {
            "",
            "Examples:",
            "  logitstream generate --model pd --prompt 'public static void '",
            "  logitstream generate --model pd --temperature 0 < prompt.txt"
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class GenerateCommand implements Callable<Integer> {
    @Option(
            names = "--model",
            paramLabel = "DIR",
            required = true,
            description = "Hugging Face folder with its tokenizer")
    private Path model;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "text to continue; may be empty")
    private String prompt;

    @Option(names = "--prompt-file", paramLabel = "FILE", description = "UTF-8 file with the text to continue")
    private Path promptFile;

    @Option(
            names = "--max-tokens",
            paramLabel = "N",
            defaultValue = "256",
            description = "most tokens to generate, ${DEFAULT-VALUE} by default")
    private int maxTokens;

    @Option(
            names = "--temperature",
            paramLabel = "T",
            description = "divisor of the logits, 1 by default; 0 always takes the most likely token")
    private Double temperature;

    @Option(
            names = "--top-p",
            paramLabel = "P",
            description = "choose from the most likely tokens whose probabilities add up to P")
    private Double topP;

    @Option(
            names = "--top-k",
            paramLabel = "K",
            description = "choose from the K most likely tokens; applied before --top-p")
    private Integer topK;

    @Option(names = "--seed", paramLabel = "SEED", description = "seed of the random choices, 1 by default")
    private Long seed;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            description = "cpu or cuda:N, ${DEFAULT-VALUE} by default")
    private String device;

    @Option(names = "--stacktrace", description = "print the stack trace of an error")
    private boolean stackTrace;

    private int generated;

    @Override
    public Integer call() {
        Sampling sampling = sampling();
        Path folder = InputPath.require("model", model.toString());
        String text = text();
        Torch.start(Runtime.getRuntime().availableProcessors());
        PreflightChecks.requireDevice("--device", device);
        try (LanguageModel loaded = LanguageModels.load(folder, device);
                Tokenizer tokenizer = Tokenizer.load(folder)) {
            int[] ids = tokenizer.encodeAsHuggingFace(text, true);
            generate(loaded, tokenizer, ids.length == 0 ? new int[] {tokenizer.prefixToken()} : ids, sampling);
        }
        return 0;
    }

    private void generate(LanguageModel loaded, Tokenizer tokenizer, int[] prompted, Sampling sampling) {
        Set<Integer> stops = new TreeSet<>(StopTokens.of(model));
        if (stops.isEmpty()) {
            stops.add(tokenizer.endOfText());
        }
        StreamingDecoder stream = new StreamingDecoder(tokenizer, prompted, GenerateCommand::print);
        long start = System.nanoTime();
        boolean stopped = new TextGenerator(loaded, tokenizer.vocabularySize(), stops)
                .generate(prompted, maxTokens, new Sampler(sampling), token -> {
                    generated++;
                    stream.add(token);
                });
        stream.end();
        System.out.println();
        System.out.flush();
        double seconds = (System.nanoTime() - start) / (double) TimeUnit.SECONDS.toNanos(1);
        System.err.printf(
                "generated %,d tokens after a prompt of %,d, %,.0f tokens/s, stopped by %s%n",
                generated,
                prompted.length,
                generated / seconds,
                stopped
                        ? "the end-of-text token"
                        : generated < maxTokens
                                ? "the model's context of " + loaded.config().maxPositions()
                                : "--max-tokens");
    }

    // Writes bytes, since the encoding of the stream may not be UTF-8.
    private static void print(String piece) {
        byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
        System.out.write(bytes, 0, bytes.length);
        System.out.flush();
        if (System.out.checkError()) {
            throw new LogitstreamException("standard output is closed");
        }
    }

    private Sampling sampling() {
        if (maxTokens < 1) {
            throw new UsageException("--max-tokens " + maxTokens + " is not positive");
        }
        try {
            return new Sampling(temperature, topK, topP, seed);
        } catch (ModelException e) {
            throw new UsageException("--" + e.getMessage());
        }
    }

    private String text() {
        if (prompt != null && promptFile != null) {
            throw new UsageException("--prompt and --prompt-file are both given; leave one out");
        }
        if (prompt != null) {
            return prompt;
        }
        try {
            return promptFile != null
                    ? Files.readString(InputPath.require("prompt file", promptFile.toString()))
                    : new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UsageException((promptFile == null ? "standard input" : promptFile.toAbsolutePath())
                    + " cannot be read as UTF-8 text: " + FailureText.of(e));
        }
    }
}

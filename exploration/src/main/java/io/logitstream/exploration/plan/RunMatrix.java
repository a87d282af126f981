package io.logitstream.exploration.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.UsageException;
import io.logitstream.model.config.ModelConfig;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.ConfigurationPrecedence;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.SettingValues;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.pipeline.report.CorpusIdentity;
import io.logitstream.pipeline.stages.InputPath;
import io.logitstream.pipeline.stages.PreflightChecks;
import io.logitstream.pipeline.stages.TeacherIdentity;
import io.logitstream.producers.corpus.source.CorpusConfig;
import io.logitstream.student.config.StudentStart;
import io.logitstream.student.training.TrainingPlan;
import io.logitstream.teacher.config.ServerConfig;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The runs of a plan: the configuration of each variant with each seed, validated before any run starts. */
public final class RunMatrix {
    /** What a plan needs to know of a tokenizer, with the ids that it puts before the documents of a run. */
    private record TokenizerFacts(
            String hash, int vocabularySize, int endOfText, List<Integer> ofCorpus, List<Integer> ofHeldOut) {}

    private final ExplorationPlan plan;
    private final boolean byPath;
    private final List<Variant> variants;
    private final Baselines baselines;
    private final Map<String, RunSpec> runs = new LinkedHashMap<>();
    private final Map<String, Map<Long, String>> idsOfVariants = new LinkedHashMap<>();
    private final Map<List<Object>, TokenizerFacts> tokenizers = new HashMap<>();
    private final Map<String, String> teacherHashes = new HashMap<>();
    private final Map<List<Object>, String> hashesByIds = new HashMap<>();
    private final Map<List<String>, StudentStart.Content> starts = new HashMap<>();

    /**
     * Computes the runs of a plan.
     *
     * @param plan the plan
     * @param over {@code key=value} settings of the command line that override those of every run
     * @param known ids of the runs in the output folder
     */
    public static RunMatrix of(ExplorationPlan plan, List<String> over, Set<String> known) {
        RunMatrix now = new RunMatrix(plan, over, false);
        if (known.isEmpty() || now.runs.keySet().stream().anyMatch(known::contains)) {
            return now;
        }
        // Earlier versions named topics after the path of the bundled text. If the folder holds such runs, they are
        // continued.
        RunMatrix before = new RunMatrix(plan, over, true);
        return before.runs.keySet().stream().anyMatch(known::contains) ? before : now;
    }

    private RunMatrix(ExplorationPlan plan, List<String> over, boolean byPath) {
        this.plan = plan;
        this.byPath = byPath;
        this.variants = Variant.of(plan);
        this.baselines = Baselines.of(plan, variants);
        for (long seed : plan.seeds()) {
            for (Variant variant : variants) {
                try {
                    RunSpec run = run(variant, seed, over);
                    runs.putIfAbsent(run.id(), run);
                    idsOfVariants
                            .computeIfAbsent(variant.name(), name -> new LinkedHashMap<>())
                            .put(seed, run.id());
                } catch (UsageException e) {
                    throw new UsageException("variant " + variant.name() + ": " + e.getMessage());
                }
            }
        }
    }

    private RunSpec run(Variant variant, long seed, List<String> over) {
        ConfigurationPrecedence settings =
                new ConfigurationPrecedence().file(variant.settings()).set(over);
        if (settings.gives("training.seed")) {
            throw new UsageException("training.seed cannot be set in a plan; change the plan's seeds");
        }
        if (settings.gives("students")) {
            throw new UsageException("students is a setting of distill; an exploration has axes and runs");
        }
        LogitstreamConfig asked =
                settings.flags(new SettingValues().with("training.seed", seed)).resolve();
        if (asked.heldOut() == null) {
            throw new UsageException("heldOut is null: name text to evaluate on");
        }
        PreflightChecks.requireOneStandardInput(asked);
        TokenizerFacts tokenizer = tokenizer(asked);
        ServerConfig server = asked.teach().server();
        String teacherHash = teacherHashes.computeIfAbsent(
                server == null ? asked.teacher() : server.toString(), teacher -> TeacherIdentity.hash(asked));
        PreflightChecks.requireSelectionFits(asked);
        PreflightChecks.requireLossFits(asked, variant.name(), asked.loss());
        boolean given = settings.gives("topics.logits");
        LogitstreamConfig config = asked.withTopics(topics(asked, tokenizer, given));
        requireTokens(config);
        SupportRule support = config.loss().alpha() == 0
                ? null
                : SupportRule.of(
                        config.selection(), config.loss().topP(), config.loss().topK());
        StudentStart.Content start = config.student().from() == null ? null : start(config);
        ModelConfig model = config.student()
                .model(tokenizer.vocabularySize(), config.corpus().contextLength(), tokenizer.endOfText());
        TrainingPlan training = new TrainingPlan(
                model,
                config.corpus().rows(),
                config.corpus().contextLength(),
                config.training().precision());
        String id = RunSpec.hash(RunSpec.identity(
                config, start, support, teacherHash, given ? config.topics().logits() : null));
        return new RunSpec(id, variant.name(), config, support, teacherHash, given, training);
    }

    // Topics are named after their content, so that explorations on one cluster share what they have in common.
    private TopicsConfig topics(LogitstreamConfig config, TokenizerFacts tokenizer, boolean given) {
        ObjectMapper json = new ObjectMapper();
        TopicsConfig names = config.topics();
        String corpus = RunSpec.hash(json.createArrayNode()
                .add(identity(config.corpus(), tokenizer.ofCorpus(), tokenizer))
                .add(tokenizer.hash())
                .add(names.partitions()));
        String heldOut = RunSpec.hash(json.createArrayNode()
                .add(identity(config.heldOut(), tokenizer.ofHeldOut(), tokenizer))
                .add(tokenizer.hash()));
        TopicsConfig named =
                names.withTokens(names.tokens() + "-" + corpus).withHeldOut(names.heldOut() + "-" + heldOut);
        // Logits topics are named later, when their content is known.
        return given ? named : named.withLogits(names.logits() + "-of-" + corpus);
    }

    private JsonNode identity(CorpusConfig corpus, List<Integer> beginOfText, TokenizerFacts tokenizer) {
        int[] begin = beginOfText.stream().mapToInt(Integer::intValue).toArray();
        return new ObjectMapper()
                .valueToTree(byPath ? corpus : CorpusIdentity.of(corpus, begin, tokenizer.endOfText()));
    }

    private static void requireTokens(LogitstreamConfig config) {
        Long corpus = config.corpus().maxTokens();
        Long budget = config.training().tokens();
        if (corpus != null
                && budget != null
                && budget > corpus * config.training().epochs()) {
            throw new UsageException("training.tokens " + budget + " is more than corpus.maxTokens " + corpus
                    + " times " + config.training().epochs() + " epochs; raise one of the two");
        }
    }

    private StudentStart.Content start(LogitstreamConfig config) {
        List<String> fit = List.of(
                config.student().from(), config.tokenizer(), config.compute().device());
        return starts.computeIfAbsent(fit, path -> {
            try (Tokenizer tokenizer = Tokenizer.load(
                    InputPath.require("tokenizer", config.tokenizer()),
                    config.corpus().endOfText())) {
                PreflightChecks.requireStart(
                        config.student(), tokenizer, config.compute().device());
            }
            return StudentStart.content(config.student().from());
        });
    }

    private TokenizerFacts tokenizer(LogitstreamConfig config) {
        String endOfText = config.corpus().endOfText();
        List<Object> settings = Arrays.asList(
                config.tokenizer(),
                endOfText,
                config.corpus().beginOfText(),
                config.heldOut().beginOfText());
        return tokenizers.computeIfAbsent(settings, key -> {
            Path file = InputPath.require("tokenizer", config.tokenizer());
            try (Tokenizer tokenizer = Tokenizer.load(file, endOfText)) {
                PreflightChecks.requireTokenizerOfTeacher(config, tokenizer);
                List<Integer> ofCorpus = beginOfText(config.corpus(), tokenizer);
                List<Integer> ofHeldOut = beginOfText(config.heldOut(), tokenizer);
                // Topics are named after the first of the files that encode every text in the same way.
                String hash = hashesByIds.computeIfAbsent(
                        List.of(
                                tokenizer.identity().vocabulary(),
                                tokenizer.vocabulary().splittingRules(),
                                ofCorpus,
                                ofHeldOut),
                        ids -> tokenizer.hash());
                return new TokenizerFacts(hash, tokenizer.vocabularySize(), tokenizer.endOfText(), ofCorpus, ofHeldOut);
            }
        });
    }

    private static List<Integer> beginOfText(CorpusConfig corpus, Tokenizer tokenizer) {
        return Arrays.stream(corpus.tokensBeforeDocument(tokenizer)).boxed().toList();
    }

    public ExplorationPlan plan() {
        return plan;
    }

    public List<Variant> variants() {
        return variants;
    }

    /** Baselines of the variants. */
    public Baselines baselines() {
        return baselines;
    }

    /** Distinct runs by id, those of the first seed first. */
    public Map<String, RunSpec> all() {
        return runs;
    }

    /** Ids of a variant's runs by seed. */
    public Map<Long, String> ids(String variant) {
        return idsOfVariants.get(variant);
    }
}

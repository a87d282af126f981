package io.logitstream.exploration.run;

import io.logitstream.exploration.plan.LogitsTopic;
import io.logitstream.exploration.plan.LogitsTopicPlan;
import io.logitstream.exploration.plan.RunSpec;
import io.logitstream.messages.LogitstreamException;
import io.logitstream.model.tokenizer.Tokenizer;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.config.TopicsConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.console.TeachProgress;
import io.logitstream.pipeline.inspection.SupportRule;
import io.logitstream.pipeline.inspection.SupportSizeEstimate;
import io.logitstream.pipeline.inspection.TopicInspection;
import io.logitstream.pipeline.inspection.TopicInspector;
import io.logitstream.pipeline.inspection.TopicRange;
import io.logitstream.pipeline.page.LivePage;
import io.logitstream.pipeline.report.CommandResults;
import io.logitstream.pipeline.stages.ParallelStages;
import io.logitstream.pipeline.stages.ProduceStage;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.pipeline.stages.TeachStage;
import io.logitstream.pipeline.status.StagePosition;
import io.logitstream.pipeline.status.TextLoss;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.producers.PublishResult;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.schemas.kafka.TopicEnd;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.resume.CorpusCoverage;
import io.logitstream.teacher.stream.TeacherStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Fills the topics of an exploration: tokens, then logits. */
final class ExplorationTeaching {
    private static final double NANOS = 1e9;
    private static final double SAVE_SECONDS = 2;

    private final KafkaSettings kafka;
    private final ExplorationFolder folder;
    private final LogitsTopicPlan topics;
    private final ProgressDisplay status;
    private final LivePage live;
    private final Supplier<List<StagePosition>> positions;
    private final Map<String, Long> batchesOfTopics = new HashMap<>();

    ExplorationTeaching(
            KafkaSettings kafka,
            ExplorationFolder folder,
            LogitsTopicPlan topics,
            ProgressDisplay status,
            LivePage live,
            Supplier<List<StagePosition>> positions) {
        this.positions = positions;
        this.kafka = kafka;
        this.folder = folder;
        this.topics = topics;
        this.status = status;
        this.live = live;
    }

    /** Publishes the training and held-out texts of the runs; complete topics are left as they are. */
    void publish(Collection<RunSpec> runs) {
        Set<String> done = new HashSet<>();
        live.setActivity("publishes the texts");
        for (RunSpec run : runs) {
            LogitstreamConfig config = run.config();
            StageContext context = new StageContext(kafka, config);
            try (Tokenizer tokenizer = context.tokenizer()) {
                if (done.add(config.topics().heldOut())) {
                    new ProduceStage(context)
                            .publish(
                                    config.heldOut(),
                                    config.topics().heldOut(),
                                    tokenizer,
                                    (batches, tokens, fraction) -> {});
                }
                if (run.needsTokens() && done.add(config.topics().tokens())) {
                    PublishResult result = new ProduceStage(context)
                            .publish(
                                    config.corpus(),
                                    config.topics().tokens(),
                                    tokenizer,
                                    (batches, tokens, fraction) -> {
                                        status.showText(() -> CommandResults.publishing(batches, tokens, fraction));
                                        live.setPublished(config.topics().tokens(), tokens, fraction);
                                    });
                    status.print(CommandResults.published(result));
                    live.setPublished(config.topics().tokens(), result.predictedTokens(), 1);
                    batchesOfTopics.put(config.topics().tokens(), result.batches());
                }
            }
        }
    }

    /**
     * Runs the teachers for the incomplete topics.
     *
     * @return number of batches that teachers have computed
     */
    long teach() {
        long before = forwards();
        for (LogitsTopic topic : topics.unfinished()) {
            teach(topic);
        }
        return forwards() - before;
    }

    private long forwards() {
        return topics.all().values().stream()
                .mapToLong(LogitsTopic::teacherForwards)
                .sum();
    }

    private void teach(LogitsTopic topic) {
        LogitstreamConfig config = configFor(topics.example(topic.name()), topic);
        StageContext context = new StageContext(kafka, config);
        TeachStage stage = new TeachStage(context);
        context.ensureTopics(topic.name(), config.topics().deadLetters());
        try (TopicEnd end = new TopicEnd(kafka, topic.name(), config.topics().maxRecordBytes());
                CorpusCoverage coverage = stage.coverage()) {
            if (end.isComplete()) {
                coverage.requireComplete().forEach(status::print);
                save(topic.taught(topic.teacherForwards(), topic.teacherSeconds(), topic.teacherText(), true));
                return;
            }
            status.print("the teacher computes " + topic.support().text() + " for topic " + topic.name());
            live.setActivity("the teacher computes " + topic.support().text());
            TeachProgress progress = new TeachProgress();
            progress.published(batchesOfTopics.getOrDefault(topic.tokens(), 0L));
            AtomicLong forwards = new AtomicLong(topic.teacherForwards());
            long start = System.nanoTime();
            double[] saved = {0};
            try (ParallelStages workers = new ParallelStages();
                    StreamTeacher teacher = stage.loadTeacher();
                    TeacherStream stream =
                            stage.start(teacher, folder.streamState(), progress.counting(forwards), false)) {
                workers.watch(stream::requireHealthy);
                workers.awaitUntil(coverage::isOver, () -> {
                    double seconds = (System.nanoTime() - start) / NANOS;
                    if (seconds > saved[0] + SAVE_SECONDS) {
                        saved[0] = seconds;
                        save(taught(topic, forwards.get(), seconds, progress, false));
                    }
                    progress.position(config.teach().group(topic.name()), positions.get());
                    status.showStage(progress::line);
                });
                coverage.requireComplete().forEach(status::print);
            }
            save(taught(topic, forwards.get(), (System.nanoTime() - start) / NANOS, progress, true));
        }
    }

    private static LogitsTopic taught(
            LogitsTopic before, long forwards, double seconds, TeachProgress progress, boolean complete) {
        return before.taught(
                forwards,
                before.teacherSeconds() + seconds,
                TextLoss.sum(before.teacherText(), progress.textLoss()),
                complete);
    }

    private void save(LogitsTopic topic) {
        topics.put(topic);
        folder.save(topics.all());
    }

    private static LogitstreamConfig configFor(RunSpec run, LogitsTopic topic) {
        TopicsConfig topics = run.config().topics().withLogits(topic.name()).withDeadLetters(null);
        return run.config().withTopics(topics).withSelection(topic.support().selection());
    }

    /** Measures the size of the topics and estimates their size with the narrower supports of the runs. */
    void measure(Collection<RunSpec> runs) {
        live.setActivity("measures the logits");
        Map<String, Set<SupportRule>> narrower = new LinkedHashMap<>();
        Map<String, Integer> limits = new LinkedHashMap<>();
        for (RunSpec run : runs) {
            if (run.support() != null) {
                String topic = topics.source(run).topic();
                limits.put(topic, run.config().topics().maxRecordBytes());
                narrower.computeIfAbsent(topic, name -> new LinkedHashSet<>()).add(run.support());
            }
        }
        narrower.forEach((name, supports) -> {
            LogitsTopic topic = topics.get(name);
            if (topic.size() == null) {
                topic = topic.measured(size(name, limits.get(name)));
            }
            LogitsTopic.Size size = topic.size();
            List<SupportRule> open = new ArrayList<>(supports);
            LogitsTopic measured = topic;
            open.removeIf(support -> measured.given()
                    || support.equals(measured.support())
                    || support.draws() != null
                    || size.cut().containsKey(support.text()));
            if (!open.isEmpty()) {
                // Encoded payloads do not compress further: Kafka's compression saves bytes of the batches' tokens
                // only, and those stay the same with a narrower support.
                double compressed = size.recordBytes() - size.best();
                Map<String, Double> cut =
                        SupportSizeEstimate.parts(kafka, name, topic.support(), open, limits.get(name));
                cut.replaceAll((support, part) -> size.recordBytes() * part - compressed);
                topic = topic.measured(LogitsTopic.with(size, cut));
            }
            save(topic);
        });
    }

    private LogitsTopic.Size size(String name, int maxRecordBytes) {
        TopicInspection found = new TopicInspector(kafka, name, maxRecordBytes, TopicRange.all()).inspect(tokens -> {
            StopSignal.requireRunning();
            status.showText(() -> String.format("measured %,d tokens of topic %s", tokens, name));
        });
        if (!found.holds().equals("logits")) {
            throw new LogitstreamException("topic " + name + " holds " + found.holds()
                    + ", not logits; topics.logits names the"
                    + " topic that runs with loss.alpha above 0 are trained from");
        }
        return new LogitsTopic.Size(
                found.batches().values().stream().mapToLong(Long::longValue).sum(),
                found.tokens(),
                found.recordBytesPerToken(),
                found.diskBytesPerToken(),
                Map.of());
    }
}

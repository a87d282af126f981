package io.logitstream.cli.commands;

import io.logitstream.cli.options.ClusterConfigOptions;
import io.logitstream.cli.options.Setting;
import io.logitstream.pipeline.config.LogitstreamConfig;
import io.logitstream.pipeline.console.ProgressDisplay;
import io.logitstream.pipeline.console.TeachProgress;
import io.logitstream.pipeline.metrics.MetricsServer;
import io.logitstream.pipeline.stages.StageContext;
import io.logitstream.pipeline.stages.TeachStage;
import io.logitstream.pipeline.status.PipelineStatus;
import io.logitstream.pipeline.stop.StopSignal;
import io.logitstream.schemas.kafka.KafkaSettings;
import io.logitstream.teacher.config.ResumeOptions;
import io.logitstream.teacher.model.ServedTeacher;
import io.logitstream.teacher.model.StreamTeacher;
import io.logitstream.teacher.resume.CorpusCoverage;
import io.logitstream.teacher.stream.TeacherStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "teach",
        mixinStandardHelpOptions = true,
        description = {
            "Runs the teacher stream from the tokens topic to the logits topic, exactly once.",
            "Any number of instances share the partitions. 'logitstream announce' switches all"
                    + " instances to another teacher at their next record. Ends when the corpus is complete; the"
                    + " exit code is 1 if the logits topic lacks a batch."
        })
@SuppressWarnings("unused") // Options that only the parsed command line is asked for.
public final class TeachCommand implements Callable<Integer> {
    private static final Duration LOOK = Duration.ofSeconds(1);

    @Mixin
    private ClusterConfigOptions common;

    @Setting("teacher")
    @Option(
            names = "--teacher",
            paramLabel = "DIR",
            description = "Hugging Face folder of the teacher; by default the one that comes with logitstream")
    private String teacherFolder;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = "folder for Kafka Streams' own files; a temporary one by default")
    private Path state;

    @Option(names = "--forever", description = "keep running when the corpus is complete")
    private boolean forever;

    @Option(
            names = "--retry-dead-letters",
            description = "process again all records after the last batch in the logits topic, including dead"
                    + " letters; use this after a run with a wrong teacher or registry")
    private boolean retryDeadLetters;

    @Option(
            names = "--skip-deleted",
            description = "skip batches that retention deleted before the teacher processed them; without this"
                    + " option the stream stops there")
    private boolean skipDeleted;

    @Option(
            names = "--mirrored",
            description = "use this if both topics are copies (mirror, backup) of earlier ones: find the position"
                    + " by the last batch, not by topic id and offset")
    private boolean mirrored;

    @Override
    @SuppressWarnings("try") // The server only has to be open.
    public Integer call() throws InterruptedException {
        LogitstreamConfig config = common.load();
        KafkaSettings kafka = common.kafka();
        TeachStage stage = new TeachStage(new StageContext(kafka, config));
        ProgressDisplay status = ProgressDisplay.standardError();
        TeachProgress progress = new TeachProgress();
        List<String> notes = List.of();
        String group = config.teach().group(config.topics().logits());
        Path stateFolder = state != null ? state : Path.of(System.getProperty("java.io.tmpdir"), "logitstream-teach");
        try (StopSignal stop = StopSignal.listen();
                MetricsServer metrics = MetricsServer.start(config.metrics());
                StreamTeacher teacher = stage.loadTeacher();
                TeacherStream stream = stage.start(
                        teacher,
                        stateFolder,
                        progress.announcingOn(status),
                        true,
                        new ResumeOptions(retryDeadLetters, skipDeleted, mirrored));
                PipelineStatus positions = new PipelineStatus(
                        kafka,
                        List.of(new PipelineStatus.WatchedPosition(
                                "teach", config.topics().tokens(), group, () -> false)));
                CorpusCoverage coverage = stage.coverage()) {
            if (teacher instanceof ServedTeacher served) {
                status.print("teacher " + served.description());
            }
            while (!stream.awaitStop(LOOK)) {
                StopSignal.requireRunning();
                progress.position(group, positions.get());
                status.showStage(progress::line);
                if (!forever && coverage.isOver()) {
                    notes = coverage.requireComplete();
                    progress.complete();
                    break;
                }
            }
        }
        status.end();
        System.out.printf("logits in topic %s: %s%n", config.topics().logits(), progress.summary());
        notes.forEach(System.out::println);
        return 0;
    }
}

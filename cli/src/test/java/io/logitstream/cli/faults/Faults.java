package io.logitstream.cli.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Does faults to a pipeline, at times, to parts and for durations that a seed determines; several may overlap. */
final class Faults {
    /** What can happen. */
    enum Kind {
        /** kill -9, and started again later. */
        KILL,
        /** SIGSTOP for longer than a session, then SIGCONT. */
        PAUSE,
        /** All connections of a part are reset and new ones refused. */
        CUT,
        /** All connections of a part fall silent, and go on later. */
        SILENCE,
        /** The disk of a student is full. */
        FILL
    }

    private interface Ending {
        void run() throws IOException, InterruptedException;
    }

    private record Planned(int afterMs, Kind kind, String part, int durationMs) {}

    private record Active(String part, long until, Ending ending) {}

    private final Pipeline pipeline;
    private final List<String> parts;
    private final Random random;
    private final int longestGapMs;
    private final List<Active> active = new ArrayList<>();
    private final Map<String, Integer> done = new TreeMap<>();

    /** @param longestGapMs most milliseconds from one fault to the next; on average it is half of that */
    Faults(Pipeline pipeline, long seed, int longestGapMs) {
        this.pipeline = pipeline;
        this.parts = pipeline.parts().stream().map(Part::name).toList();
        this.random = new Random(seed);
        this.longestGapMs = longestGapMs;
    }

    /** Causes the given number of faults, and returns when the last one has ended. */
    void run(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            Planned fault = plan();
            long at = System.nanoTime() + fault.afterMs * 1_000_000L;
            while (System.nanoTime() < at
                    || isFaulty(fault.part)
                    || !pipeline.part(fault.part).isAlive()) {
                tick();
            }
            begin(fault);
        }
        while (!active.isEmpty()) {
            tick();
        }
    }

    private void tick() throws Exception {
        for (Active fault : List.copyOf(active)) {
            if (System.nanoTime() >= fault.until) {
                fault.ending.run();
                active.remove(fault);
            }
        }
        Set<String> faulty = active.stream().map(Active::part).collect(Collectors.toSet());
        for (Part part : pipeline.parts()) {
            if (!faulty.contains(part.name())) {
                part.revive();
                if (part.isDone()) {
                    throw new AssertionError(
                            part.name() + " has ended, while the corpus goes on:\n" + part.lastWords());
                }
            }
        }
        Thread.sleep(20);
    }

    private Planned plan() {
        int afterMs = random.nextInt(longestGapMs);
        // A full disk is one fault in twenty: only a student has one that can be filled.
        Kind kind = random.nextInt(20) == 0 ? Kind.FILL : Kind.values()[random.nextInt(4)];
        String part = parts.get(random.nextInt(parts.size()));
        if (kind == Kind.FILL && pipeline.disk() == null) {
            kind = Kind.KILL;
        }
        return new Planned(afterMs, kind, kind == Kind.FILL ? "student1" : part, duration(kind));
    }

    private void begin(Planned fault) throws IOException, InterruptedException {
        Ending ending = begin(fault.kind, fault.part);
        active.add(new Active(fault.part, System.nanoTime() + fault.durationMs * 1_000_000L, ending));
        done.merge(
                fault.kind.name().toLowerCase(Locale.ROOT) + " " + fault.part.replaceAll("-?\\d$", ""),
                1,
                Integer::sum);
    }

    private boolean isFaulty(String part) {
        return active.stream().anyMatch(fault -> fault.part.equals(part));
    }

    private int duration(Kind kind) {
        return switch (kind) {
            case KILL -> random.nextInt(4_000);
            case PAUSE -> 4_000 + random.nextInt(12_000);
            case CUT, SILENCE -> 1_000 + random.nextInt(11_000);
            case FILL -> 5_000;
        };
    }

    private Ending begin(Kind kind, String name) throws IOException, InterruptedException {
        Part part = pipeline.part(name);
        switch (kind) {
            case KILL -> {
                part.kill();
                return part::start;
            }
            case PAUSE -> {
                part.pause();
                return part::goOn;
            }
            case CUT -> {
                return disconnect(name, Link.State.CUT);
            }
            case SILENCE -> {
                return disconnect(name, Link.State.SILENT);
            }
            default -> {
                pipeline.disk().fill();
                return pipeline.disk()::free;
            }
        }
    }

    private Ending disconnect(String name, Link.State state) {
        List<Link> links = name.startsWith("broker")
                ? ((Brokers.Broker) pipeline.part(name)).links()
                : pipeline.links(name.toUpperCase(Locale.ROOT));
        links.forEach(link -> link.set(state));
        return () -> links.forEach(link -> link.set(Link.State.OPEN));
    }

    /** Number of faults done, by kind and part. */
    Map<String, Integer> done() {
        return done;
    }
}

package io.logitstream.cli.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.awaitility.Awaitility;

/** The least that each part of the pipeline needs, read from the table of docs/reference/permissions.md. */
final class Grants {
    private static final Pattern ROW = Pattern.compile(
            "\\| *(producer|teacher|student|) *\\| (topic|group|transactional ids with prefix) `([^`]+)`"
                    + "([^|]*)\\| ([\\w, ]+) \\|");

    /**
     * One operation on one resource.
     *
     * @param part who needs it
     * @param onlyIf when it is needed; empty where always
     */
    record Right(
            String part, ResourceType type, String name, PatternType pattern, AclOperation operation, String onlyIf) {
        private AclBinding binding() {
            return new AclBinding(
                    new ResourcePattern(type, name, pattern),
                    new AccessControlEntry("User:" + part, "*", operation, AclPermissionType.ALLOW));
        }

        /** The same for topics, groups and ids whose names contain another one in place of that of a topic. */
        Right renamed(String prefix) {
            return new Right(
                    part,
                    type,
                    name.replaceAll("\\b(tokens|logits|teachers)\\b(?!-dead)", prefix + "$1")
                            .replace("logits-dead", prefix + "logits-dead"),
                    pattern,
                    operation,
                    onlyIf);
        }
    }

    private final Admin admin;

    Grants(Admin admin) {
        this.admin = admin;
    }

    /** All rows of the guide, for a student of this name. */
    static List<Right> ofTheGuide(String student) throws IOException {
        List<Right> rights = new ArrayList<>();
        String part = "";
        for (String line : Files.readAllLines(Path.of("../docs/reference/permissions.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.matches()) {
                part = row.group(1).isEmpty() ? part : row.group(1);
                ResourceType type = switch (row.group(2)) {
                    case "topic" -> ResourceType.TOPIC;
                    case "group" -> ResourceType.GROUP;
                    default -> ResourceType.TRANSACTIONAL_ID;
                };
                for (String operation : row.group(5).split(", ")) {
                    rights.add(new Right(
                            part,
                            type,
                            row.group(3).replace("NAME", student),
                            type == ResourceType.TRANSACTIONAL_ID ? PatternType.PREFIXED : PatternType.LITERAL,
                            AclOperation.valueOf(operation
                                    .replaceAll("([a-z])([A-Z])", "$1_$2")
                                    .toUpperCase(Locale.ROOT)),
                            row.group(4).strip()));
                }
            }
        }
        return rights;
    }

    void user(String name, String password) throws Exception {
        admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(
                        name, new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password)))
                .all()
                .get(30, TimeUnit.SECONDS);
    }

    void give(List<Right> rights) throws Exception {
        admin.createAcls(rights.stream().map(Right::binding).toList()).all().get(30, TimeUnit.SECONDS);
        rights.forEach(right -> awaitThat(right, true));
    }

    void take(Right right) throws Exception {
        admin.deleteAcls(List.of(right.binding().toFilter())).all().get(30, TimeUnit.SECONDS);
        awaitThat(right, false);
    }

    /** The controller has it at once; the broker follows. */
    private void awaitThat(Right right, boolean given) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(10))
                .until(() -> !admin.describeAcls(right.binding().toFilter())
                                .values()
                                .get(30, TimeUnit.SECONDS)
                                .isEmpty()
                        == given);
    }
}

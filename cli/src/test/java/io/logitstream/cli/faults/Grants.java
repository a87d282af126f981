package io.logitstream.cli.faults;

import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE_CONFIGS;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

/** The least that each part of the pipeline needs, as docs/operations.md lists it. */
final class Grants {
  private final Admin admin;
  private final List<AclBinding> bindings = new ArrayList<>();

  Grants(Admin admin) {
    this.admin = admin;
  }

  void user(String name, String password) throws Exception {
    admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(name,
        new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), password))).all().get(30, TimeUnit.SECONDS);
  }

  void producer(String user, String tokens) {
    allow(user, ResourceType.TOPIC, tokens, PatternType.LITERAL, CREATE, DESCRIBE_CONFIGS, READ, WRITE);
    allow(user, ResourceType.TRANSACTIONAL_ID, "logitstream-produce-" + tokens, PatternType.PREFIXED, WRITE, DESCRIBE);
  }

  void teacher(String user, String tokens, String logits, String deadLetters, String announcements) {
    allow(user, ResourceType.TOPIC, tokens, PatternType.LITERAL, DESCRIBE_CONFIGS, READ);
    allow(user, ResourceType.TOPIC, logits, PatternType.LITERAL, CREATE, DESCRIBE_CONFIGS, READ, WRITE);
    allow(user, ResourceType.TOPIC, deadLetters, PatternType.LITERAL, CREATE, DESCRIBE_CONFIGS, WRITE);
    allow(user, ResourceType.TOPIC, announcements, PatternType.LITERAL, CREATE, DESCRIBE_CONFIGS, READ);
    allow(user, ResourceType.GROUP, "logitstream-teach-" + logits, PatternType.LITERAL, READ);
    allow(user, ResourceType.TRANSACTIONAL_ID, "logitstream-teach-" + logits, PatternType.PREFIXED, WRITE, DESCRIBE);
  }

  void student(String user, String logits, String group) {
    allow(user, ResourceType.TOPIC, logits, PatternType.LITERAL, DESCRIBE_CONFIGS, READ);
    allow(user, ResourceType.GROUP, group, PatternType.LITERAL, READ);
  }

  private void allow(String user, ResourceType type, String name, PatternType pattern, AclOperation... operations) {
    for (AclOperation operation : operations) {
      bindings.add(new AclBinding(new ResourcePattern(type, name, pattern),
          new AccessControlEntry("User:" + user, "*", operation, AclPermissionType.ALLOW)));
    }
  }

  void apply() throws Exception {
    admin.createAcls(bindings).all().get(30, TimeUnit.SECONDS);
  }
}

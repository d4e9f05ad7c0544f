"""Texts in a notebook: which look like a secret or a path of one machine, and which only seem to."""

from __future__ import annotations

import ast

import pytest

from jupyter_mlops.notebook.finding import Finding
from jupyter_mlops.notebook.literals import in_texts

SECRETS = """
password = "hunter2"
password = "correct horse"
db_password = 'Tr0ub4dor&3'
PASSWORD2 = "qT7!pw9z"
PASSWD = "geheim42"
passphrase = "purple monkey dishwasher"
client_secret = "d8f3K2l9QwErTz"
self.password = "s3kr1t-pw"
config["password"] = "hunter2"
config = {"user": "ada", "password": "hunter2"}
connect(host="h", password="hunter2")
def f(user, password="hunter2"): ...
def f(*, api_key="9f8e7d6c5b4a39281706"): ...
password: str = "hunter2"
api_key = "9f8e7d6c5b4a39281706"
API_KEY = "a1b2c3d4e5f60718"
apiKey = "AbCdEf123456GhIjKl"
api_key_prod = "9f8e7d6c5b4a39281706"
token = "d41d8cd98f00b204e9800998ecf8427e"
access_token = "7Fj3kQ9zLm2XwR8vTb5N"
auth_token = "123e4567-e89b-12d3-a456-426614174000"
os.environ["SERVICE_TOKEN"] = "d41d8cd98f00b204e9800998ecf8427e"
os.environ["WANDB_API_KEY"] = "0c5f7a1e9b3d2c4f6a8b0d1e2f3a4b5c6d7e8f90"
aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzKzzKzEY"
secret_key = "django-insecure-4v9$k2!q8w#z7x&n3m@p5"
account_key = "kJ8s+2Lq/9wXz4Vb7Nm1Pq5Rt3Yu6Io0As2Df4Gh8Jk=="
k = "AKIAQ7T3VN5LZX2WJ4KD"
k = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
k = "github_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ"
k = "glpat-x9Yq3Lm7Kp2Rt5Wv8Zb1"
k = "xoxb-1234567890-abcdefGHIJKL"
k = "sk-4fJ8kQ2mZ9xW7vB3nL5pR1tY"
k = "sk-proj-9aKd83jfLs0Qm2"
k = "hf_QxZkLmNoPqRsTuVwXyZaBcDeFgHiJkLm"
url = "https://hooks.slack.com/services/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"
url = "mongodb+srv://ada:Passw0rd9@cluster0.example.net/x"
k = "AIzaSyD4kX9mQ2pL7vR3nT8wB5zC1yF6hJ0gKs"
k = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"
k = "-----BEGIN RSA PRIVATE KEY-----\\nMIIE"
url = "postgresql://ada:s3cretpw@db.example.org/shop"
engine = create_engine("mysql+pymysql://root:Qw3rty!9@10.0.0.1/x")
headers = {"Authorization": "Bearer d41d8cd98f00b204e9800998ecf8427e"}
""".strip().split("\n")

NO_SECRETS = """
tokenizer = "bert-base-uncased"
tokenizer_name = "distilbert-base-uncased-finetuned"
token_pattern = r"(?u)\\b\\w\\w+\\b"
tokens = "the quick brown fox jumps"
pad_token = "[PAD]"
eos_token = "</s>"
bos_token = "<|begin_of_text|>"
unk_token = "[UNKNOWN]"
mask_token = "a1b2c3d4e5f6"
special_token = "<|endoftext|>"
stop_token = "###STOP1###"
token = "<token>"
token = "[token]"
token = "..."
token = ""
token = "test"
token = "my-secret-token"
token = "your_token_here"
token = "${TOKEN}"
token = "{{ token }}"
token = "$HF_TOKEN"
token = "HF_TOKEN"
hf_token = "hf_xxxxxxxxxxxxxxxxxxxxxxxx"
hf_token = "hf_YOUR_TOKEN_HERE_PLEASE"
max_new_tokens = "a1b2c3d4e5f6a7b8"
api_key = "YOUR_API_KEY"
api_key = "<YOUR-API-KEY>"
api_key = "XXXX"
api_key = "XXXXXXXXXXXXXXXXXXXXXXXX"
api_key = "xxxx-xxxx-xxxx-xxxx"
api_key = "changeme"
api_key = "insert key here"
api_key = "API_KEY"
api_key = "sk-..."
api_key = "sk-xxxxxxxxxxxxxxxxxxxxxxxx"
api_key = "EMPTY"
api_key = "0123456789"
api_key = "https://example.org/keys"
api_key = "secrets/key.json"
api_key = "env:OPENAI_API_KEY"
api_key = os.environ["API_KEY"]
openai_api_key = "placeholder-value-1"
access_key = "AKIAIOSFODNN7EXAMPLE"
private_key = "/etc/ssl/server.pem"
private_key = "~/.ssh/id_rsa"
secret_santa = "Bob the Builder"
secret_name = "prod/db-1/credentials"
secret_id = "9f8e7d6c5b4a39281706"
secret = "secret"
secret_key = "change-me-in-production"
password_field = "password"
password_column = "hashed_pw_2"
password_label = "Type it twice"
password = "password"
password = "changeme"
password = "********"
password = "Enter your password: "
password = getpass.getpass("Password: ")
password = "{password}"
password = "arn:aws:secretsmanager:eu-1:1:secret:x"
password = "DB_PASSWORD"
password = "postgres"
password = "admin"
has_password = "optional"
forgot_password_url = "https://example.org/forgot"
compare_key = "a1b2c3d4e5f6a7b8"
primary_key = "customer_id_2"
sort_key = "b2c3d4e5f6a7b8"
keyboard = "qwerty12345678"
monkey = "a1b2c3d4e5f6a7b8"
k = "sk-learn-introduction-course"
k = "hf_hub"
k = "AKIA"
url = "postgresql://user:password@localhost/db"
url = "postgresql://user:{password}@localhost/db"
url = "https://example.org:8080/a@b"
print("Enter the token you were given")
df["token"] = "noun"
labels = {"password": "Password", "token": "Token"}
headers = {"Authorization": "Bearer <token>"}
""".strip().split("\n")

PATHS = r"""
p = "/home/ada/rows.csv"
p = "/Users/ada/rows.csv"
p = "/root/data.csv"
p = "/mnt/disk/rows.csv"
p = "/data/rows.csv"
p = "~/rows.csv"
p = "/content/drive/MyDrive/rows.csv"
p = "/kaggle/input/titanic/train.csv"
p = "/opt/models/a.bin"
p = "/home/ada/*.csv"
p = "/home/ada/my rows (2).csv"
p = "C:\\Users\\ada\\rows.csv"
p = r"C:\Users\ada\rows.csv"
p = "D:/rows.csv"
""".strip().split("\n")

NO_PATHS = r"""
p = "/tmp/rows.csv"
p = "/dev/null"
p = "/proc/cpuinfo"
p = "/usr/bin/env"
p = "/var/tmp/x"
p = "rows.csv"
p = "../data/rows.csv"
p = "/data/<int:id>"
p = "/home/{name}/x"
p = "/data/"
p = "/home"
p = "/opt/"
p = r"d:\d+"
p = r"x:\w+\s*"
p = "s:/"
p = "/home/.*"
p = "https://example.org/home/ada/"
p = "/data/items\n/data/others"
p = "a:b"
p = "12:/34"
""".strip().split("\n")


def in_source(source: str) -> list[Finding]:
    return [finding for statement in ast.parse(source).body for finding in in_texts(statement)]


def codes(source: str) -> list[str]:
    return [finding.code.removeprefix("notebook.") for finding in in_source(source)]


@pytest.mark.parametrize("source", SECRETS)
def test_a_secret_is_told_once(source: str) -> None:
    assert codes(source) == ["secret"]


@pytest.mark.parametrize("source", NO_SECRETS)
def test_what_only_seems_to_be_a_secret(source: str) -> None:
    assert "secret" not in codes(source)


@pytest.mark.parametrize("source", PATHS)
def test_a_path_of_one_machine(source: str) -> None:
    assert codes(source) == ["absolute_path"]


@pytest.mark.parametrize("source", NO_PATHS)
def test_what_only_seems_to_be_one(source: str) -> None:
    assert codes(source) == []


def test_the_line_is_that_of_the_text() -> None:
    (found,) = in_source("connect(\n    host='h',\n    password='hunter2',\n)")
    assert (found.line, found.message) == (3, "`password` looks like a secret written in the notebook")

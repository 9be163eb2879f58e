# A journal that machines share, in a real PostgreSQL server; and the recipe for remoting over real SSH servers.
BeforeDiscovery {
    $binaries = Get-ChildItem /usr/lib/postgresql/*/bin/initdb -ErrorAction Ignore | Select-Object -Last 1
    $noDatabase = $binaries ? '' : ' (skipped: no PostgreSQL is installed)'
    $noRemoting = -not $binaries -or -not (Test-Path /usr/sbin/sshd) -or
        -not (Get-Command ssh-keygen -ErrorAction Ignore) ? ' (skipped: PostgreSQL and openssh-server are not both installed)' : ''
}

BeforeAll {
    . $PSScriptRoot/TestHelper.ps1
    Enter-LumaTest
    $variables = 'LUMAPS_JOURNAL', 'PGPASSFILE', 'CI'
    $before = @{}
    $variables | ForEach-Object { $before[$_] = [Environment]::GetEnvironmentVariable($_) }
    $env:CI = $null
    $isRoot = [Environment]::UserName -eq 'root'
    $processes = [Collections.Generic.List[Diagnostics.Process]]::new()

    function Get-FreePort {
        $listener = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $listener.LocalEndpoint.Port
        $listener.Stop()
    }

    # A process of its own that goes on beside the tests, and what it says on its standard error.
    function Start-Beside([string] $Program, [string[]] $Arguments, [string] $Log) {
        $start = [Diagnostics.ProcessStartInfo]::new('sh')
        '-c', 'log=$1; shift; exec "$@" 2>"$log" >&2', 'sh', $Log, $Program + $Arguments | ForEach-Object { $start.ArgumentList.Add($_) }
        $process = [Diagnostics.Process]::Start($start)
        $processes.Add($process)
        $process
    }

    # A server in a folder of its own, as a user that is not root, with its password where libpq looks for it.
    function Start-Database([scriptblock] $Prepare = {}) {
        $folder = New-TestFolder
        $secret = "it's-$([guid]::NewGuid().ToString('n'))"
        Set-Content "$folder/secret" $secret -NoNewline
        $as = $isRoot ? @('setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups') : @('env')
        if ($isRoot) { chown -R postgres $folder }
        $bin = (Get-ChildItem /usr/lib/postgresql/*/bin/initdb | Select-Object -Last 1).DirectoryName
        $options = '-D', "$folder/data", '-U', 'luma', '--pwfile', "$folder/secret", '-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C'
        & $as[0] @($as | Select-Object -Skip 1) "$bin/initdb" @options --no-sync | Out-Null
        & $Prepare "$folder/data"
        if ($isRoot) { chown -R postgres "$folder/data" }
        $port = Get-FreePort
        $server = Start-Beside $as[0] (@($as | Select-Object -Skip 1) + "$bin/postgres", '-D', "$folder/data", '-p', $port, '-c',
            'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'fsync=off') "$folder/log"
        Wait-Until { (Get-Content "$folder/log" -Raw -ErrorAction Ignore) -match 'ready to accept connections' }
        $passwords = Join-Path (New-TestFolder) pgpass
        Set-Content $passwords "127.0.0.1:${port}:*:luma:$secret", "localhost:${port}:*:luma:$secret"
        chmod 600 $passwords
        [pscustomobject]@{
            Port = $port
            Secret = $secret
            PassFile = $passwords
            Process = $server
            Address = "postgresql://luma@127.0.0.1:$port/postgres?sslmode=disable"
        }
    }

    function New-Csv([string] $Name, [string[]] $Names) {
        $path = Join-Path $TestDrive $Name
        $Names | ForEach-Object { [pscustomobject]@{ Name = $_; userPrompt = "the video $_"; aspectRatio = '16:9' } } |
            Export-Csv -LiteralPath $path
        $path
    }

    # All below a process: a session of an SSH server is not its child's child for long.
    function Get-Below([int] $Id) {
        $parents = @{}
        foreach ($process in [IO.Directory]::GetDirectories('/proc') -match '/\d+$') {
            try { $stat = [IO.File]::ReadAllText("$process/stat") }
            catch { continue } # It has ended.
            $parents[[int]$stat.Split(' ')[0]] = [int]$stat.Substring($stat.LastIndexOf(')') + 2).Split(' ')[1]
        }

        $found = @($Id)
        do {
            $count = $found.Count
            $found = @($found) + @($parents.Keys | Where-Object { $parents[$_] -in $found -and $_ -notin $found })
        } until ($found.Count -eq $count)
        $found
    }
}

AfterAll {
    $processes | Where-Object { -not $_.HasExited } |
        ForEach-Object { Get-Below $_.Id | ForEach-Object { Stop-Process -Id $_ -Force -ErrorAction Ignore } }
    $variables | ForEach-Object { [Environment]::SetEnvironmentVariable($_, $before[$_]) }
    Exit-LumaTest
}

Describe 'LUMAPS_JOURNAL' {
    BeforeAll {
        $hasDatabase = [bool](Get-ChildItem /usr/lib/postgresql/*/bin/initdb -ErrorAction Ignore)
        if ($hasDatabase) { $database = Start-Database }
        Clear-LumaConnection
        $service = Start-TestSandbox
        $machine = @{
            TTAPI_KEY = $service.ApiKey; TTAPI_BASE_URI = "$($service.BaseUri)"
            LUMAPS_JOURNAL = $database.Address; PGPASSFILE = $database.PassFile
        }
    }

    It 'loads nothing of it where it is not set' {
        Invoke-NewProcess @'
            Import-Module $env:LUMAPS_TEST_MODULE
            $null = Get-LumaJob
            [AppDomain]::CurrentDomain.GetAssemblies().GetName().Name | Where-Object { $_ -match 'Npgsql|LumaPS.Postgres' }
'@ @{ TTAPI_KEY = 'k'; TTAPI_BASE_URI = 'http://127.0.0.1:9'; LUMAPS_HOME = New-TestFolder } | Should -BeNullOrEmpty
    }

    It 'says what is wrong with an address, and does not show it' {
        $output = Invoke-NewProcess @'
            Import-Module $env:LUMAPS_TEST_MODULE
            try { New-LumaVideo 'a red car' -Name one } catch { "$($_.FullyQualifiedErrorId) $_ $($_.ErrorDetails)" }
'@ @{
            TTAPI_KEY = 'k'
            TTAPI_BASE_URI = 'http://127.0.0.1:9'
            LUMAPS_HOME = New-TestFolder
            LUMAPS_JOURNAL = 'postgresql://luma:secret-word@h/db?sslmood=require'
        }
        $output | Should -BeLike 'LumaJournalError,*sslmood*'
        $output | Should -Not -BeLike '*secret-word*'
    }

    It "submits a name once, saves its video once, and shows the job to every machine$noDatabase" -Skip:(-not $binaries) {
        $script = @'
            Import-Module $env:LUMAPS_TEST_MODULE
            $job = New-LumaVideo 'a red car' -Name shot-1
            $job | Wait-LumaJob | Save-LumaVideo -Destination $env:LUMAPS_HOME | ForEach-Object FullName
            "$($job.JobId) $((Get-LumaJob).Count) $((Get-LumaJob -Name 'SHOT-*').JobId) $((Measure-LumaUsage).Jobs)"
            [Runtime.Loader.AssemblyLoadContext]::All | Where-Object { $_.Assemblies.GetName().Name -eq 'Npgsql' } | ForEach-Object Name
'@
        $one = (Invoke-NewProcess $script ($machine + @{ LUMAPS_HOME = New-TestFolder })) -split '\r?\n'
        $two = (Invoke-NewProcess $script.Replace('| Wait-LumaJob |', ('| Wait-LumaJob | Where-Object { -not $_.SavedPath } ' +
            '|')) ($machine + @{ LUMAPS_HOME = New-TestFolder })) -split '\r?\n'
        $service.SubmitCount | Should -Be 1
        $one.Count | Should -Be 3
        $one[0] | Should -Exist
        $two[0] | Should -Be $one[1]
        $one[-1] | Should -Be 'LumaPS'
    }

    It "is reached with TLS as libpq has it, by files of certificates$noDatabase" -Skip:(-not $binaries) {
        $certificates = New-TestFolder
        $from, $to = [DateTimeOffset]::UtcNow.AddDays(-1), [DateTimeOffset]::UtcNow.AddDays(1)
        $hash, $padding = [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pkcs1
        function New-Certificate([string] $Name, $Issuer) {
            $key = [Security.Cryptography.RSA]::Create(2048)
            $request = [Security.Cryptography.X509Certificates.CertificateRequest]::new("CN=$Name", $key, $hash, $padding)
            $request.CertificateExtensions.Add([Security.Cryptography.X509Certificates.X509BasicConstraintsExtension]::new(
                    -not $Issuer, $false, 0, $true))
            $names = [Security.Cryptography.X509Certificates.SubjectAlternativeNameBuilder]::new()
            $names.AddDnsName($Name)
            $request.CertificateExtensions.Add($names.Build())
            $certificate = $Issuer ? $request.Create($Issuer, $from, $to, [guid]::NewGuid().ToByteArray()) :
                $request.CreateSelfSigned($from, $to)
            Set-Content "$certificates/$Name.crt" $certificate.ExportCertificatePem()
            Set-Content "$certificates/$Name.key" $key.ExportPkcs8PrivateKeyPem()
            chmod 600 "$certificates/$Name.key"
            $certificate
        }

        $authority = New-Certificate authority
        $null = New-Certificate localhost $authority
        $null = New-Certificate luma $authority
        $null = New-Certificate stranger
        $secure = Start-Database {
            param([string] $Data)
            Copy-Item "$certificates/localhost.*", "$certificates/authority.crt" $Data
            chmod 600 "$Data/localhost.key"
            Add-Content "$Data/postgresql.conf" 'ssl = on', "ssl_cert_file = 'localhost.crt'", "ssl_key_file = 'localhost.key'",
                "ssl_ca_file = 'authority.crt'"
            # TLS, a certificate in the user's name, and a password.
            Set-Content "$Data/pg_hba.conf" 'hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-full'
        }
        $files = "sslcert=$certificates/luma.crt&sslkey=$certificates/luma.key"
        $address = "postgresql://luma@localhost:$($secure.Port)/postgres?sslmode=verify-full"
        $serviceFile = Join-Path (New-TestFolder) services
        Set-Content $serviceFile '[luma]', 'host=localhost', "port=$($secure.Port)", 'dbname=postgres', 'user=luma', 'sslmode=verify-full'
        $cases = [ordered]@{
            address = @{ LUMAPS_JOURNAL = "$address&sslrootcert=$certificates/authority.crt&$files" }
            environment = @{
                LUMAPS_JOURNAL = $address; PGSSLROOTCERT = "$certificates/authority.crt"
                PGSSLCERT = "$certificates/luma.crt"; PGSSLKEY = "$certificates/luma.key"
            }
            service = @{
                LUMAPS_JOURNAL = 'service=luma'; PGSERVICEFILE = $serviceFile; PGSSLROOTCERT = "$certificates/authority.crt"
                PGSSLCERT = "$certificates/luma.crt"; PGSSLKEY = "$certificates/luma.key"
            }
            'another authority' = @{ LUMAPS_JOURNAL = "$address&sslrootcert=$certificates/stranger.crt&$files" }
            'another name' = @{
                LUMAPS_JOURNAL = $address.Replace('localhost', '127.0.0.1') + "&sslrootcert=$certificates/authority.crt&$files"
            }
            'no such file' = @{
                LUMAPS_JOURNAL = "$address&sslrootcert=$certificates/authority.crt&$files".Replace('luma.crt', 'nobody.crt')
            }
            'not a certificate' = @{
                LUMAPS_JOURNAL = "$address&sslrootcert=$certificates/authority.crt&$files".Replace('luma.crt', 'luma.key')
            }
            'not an authority' = @{ LUMAPS_JOURNAL = "$address&sslrootcert=$certificates/luma.key&$files" }
            'no certificate' = @{ LUMAPS_JOURNAL = "$address&sslrootcert=$certificates/authority.crt" }
        }
        $count = $service.SubmitCount
        $said = Invoke-NewProcess @'
            Import-Module $env:LUMAPS_TEST_MODULE
            $said = @{}
            foreach ($case in ($env:LUMAPS_TEST_CASES | ConvertFrom-Json -AsHashtable).GetEnumerator()) {
                $case.Value.GetEnumerator() | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Key, $_.Value) }
                try { $said[$case.Key] = (New-LumaVideo 'a red car' -Name tls -ErrorAction Stop).JobId }
                catch { $said[$case.Key] = "$($_.FullyQualifiedErrorId) $_" }
                $case.Value.Keys | ForEach-Object { [Environment]::SetEnvironmentVariable($_, $null) }
            }
            ConvertTo-Json $said -Compress
'@ @{
            TTAPI_KEY = $service.ApiKey; TTAPI_BASE_URI = "$($service.BaseUri)"; LUMAPS_HOME = New-TestFolder
            PGPASSFILE = $secure.PassFile; LUMAPS_TEST_CASES = ConvertTo-Json $cases -Compress
        } | ConvertFrom-Json -AsHashtable
        $said.address | Should -Match '^[0-9a-f-]{36}$'
        $said.environment | Should -Be $said.address
        $said.service | Should -Be $said.address
        foreach ($case in @($said.Keys) -match ' ') { $said[$case] | Should -BeLike 'LumaJournalError,*Nothing was sent*' -Because $case }
        $service.SubmitCount | Should -Be ($count + 1)
    }

    It "is a journal error without the server, sends nothing and shows no password$noDatabase" -Skip:(-not $binaries) {
        $count = $service.SubmitCount
        $output = Invoke-NewProcess @'
            Import-Module $env:LUMAPS_TEST_MODULE
            New-LumaVideo 'a red car' -Name gone -ErrorAction SilentlyContinue -ErrorVariable failure -Verbose 4>&1
            Get-LumaJob -ErrorAction SilentlyContinue -ErrorVariable +failure
            $failure | ForEach-Object { "$($_.FullyQualifiedErrorId) $_ $($_.Exception)" }
'@ @{
            PGPASSFILE = $database.PassFile
            TTAPI_KEY = $service.ApiKey
            TTAPI_BASE_URI = "$($service.BaseUri)"
            LUMAPS_HOME = New-TestFolder
            LUMAPS_JOURNAL = "postgresql://luma:$([uri]::EscapeDataString($database.Secret))@127.0.0.1:$(Get-FreePort)/postgres"
        }
        $output | Should -BeLike ('*LumaJournalError,LumaPS.Commands.NewLumaVideoCommand*Nothing was sent*LumaJournalError,' +
            'LumaPS.Commands.GetLumaJobCommand*')
        $output | Should -Not -BeLike "*$($database.Secret)*"
        $output | Should -Not -BeLike "*$([uri]::EscapeDataString($database.Secret))*"
        $service.SubmitCount | Should -Be $count
    }
}

Describe 'samples/github-actions' {
    It "pays once on runners that keep nothing, whatever the number of shards$noDatabase" -Skip:(-not $binaries) {
        $database = Start-Database
        Clear-LumaConnection
        $service = Start-TestSandbox
        $csv = New-Csv matrix.csv (1..6 | ForEach-Object { "m-$_" })
        $shard = (Resolve-Path "$PSScriptRoot/../../samples/github-actions/Invoke-LumaShard.ps1").ProviderPath
        $env:TTAPI_KEY, $env:TTAPI_BASE_URI, $env:LUMAPS_JOURNAL, $env:PGPASSFILE = $service.ApiKey, "$($service.BaseUri)",
            $database.Address, $database.PassFile
        try {
            1..2 | ForEach-Object {
                Use-NewJournal
                & $shard -Path $csv -Shard $_ -ShardCount 2 -SubmitOnly -Module $LumaModulePath 6>$null | Out-Null
            }
            $env:GITHUB_RUN_ATTEMPT = '2'
            1..3 | ForEach-Object {
                Use-NewJournal
                & $shard -Path $csv -Shard $_ -ShardCount 3 -Destination "$TestDrive/videos" -Module $LumaModulePath 6>$null | Out-Null
            }
            1..2 | ForEach-Object {
                Use-NewJournal
                & $shard -Path $csv -Shard $_ -ShardCount 2 -Destination "$TestDrive/videos" -Module $LumaModulePath 6>$null | Out-Null
            }
        }
        finally { $env:GITHUB_RUN_ATTEMPT = $env:LUMAPS_JOURNAL = $env:PGPASSFILE = $null }
        $service.SubmitCount | Should -Be 6
        $service.VideoRequestCount | Should -Be 6
        @(Get-ChildItem "$TestDrive/videos").Count | Should -Be 6
    }
}

Describe 'samples/remoting' {
    BeforeAll {
        $script = (Resolve-Path "$PSScriptRoot/../../samples/remoting/Invoke-LumaBatch.ps1").ProviderPath
        Clear-LumaConnection
        $service = Start-TestSandbox
        if (-not (Get-ChildItem /usr/lib/postgresql/*/bin/initdb -ErrorAction Ignore) -or -not (Test-Path /usr/sbin/sshd)) { return }
        $database = Start-Database
        $ssh = New-TestFolder
        chmod 700 $ssh
        ssh-keygen -q -t ed25519 -N '' -f "$ssh/host"
        ssh-keygen -q -t ed25519 -N '' -f "$ssh/user"

        # A PowerShell as the subsystem: this one, whichever it is.
        $start = New-PowerShellStart
        $command = (@($start.FileName) + $start.ArgumentList).ForEach({ "'$_'" }) -join ' '
        Set-Content "$ssh/subsystem" ("#!/bin/sh`nexport DOTNET_MultiCoreJitMinNumCpus=ffff XDG_CACHE_HOME='$ssh/cache' " +
            "POWERSHELL_TELEMETRY_OPTOUT=1 PATH='$env:PATH' DOTNET_ROOT='$env:DOTNET_ROOT'`nexec $command -sshs -NoLogo -NoProfile`n")
        chmod 755 "$ssh/subsystem"
        if ($isRoot) { $null = New-Item -ItemType Directory /run/sshd -Force }

        # A machine: an SSH server of its own, with a home of its own and what its user's environment has.
        function New-Machine([string] $Name) {
            $port = Get-FreePort
            $machineHome = Join-Path $ssh $Name
            $null = New-Item -ItemType Directory $machineHome
            $variables = "LUMAPS_HOME=$machineHome", "LUMAPS_JOURNAL=$($database.Address)", "PGPASSFILE=$($database.PassFile)",
                "TTAPI_KEY=$($service.ApiKey)", "TTAPI_BASE_URI=$($service.BaseUri)"
            @"
Port $port
ListenAddress 127.0.0.1
HostKey $ssh/host
AuthorizedKeysFile $ssh/user.pub
PidFile none
StrictModes no
UsePAM no
PermitRootLogin prohibit-password
PasswordAuthentication no
Subsystem powershell $ssh/subsystem
SetEnv $($variables -join ' ')
"@ | Set-Content "$ssh/$Name.conf"
            $server = Start-Beside /usr/sbin/sshd @('-D', '-e', '-f', "$ssh/$Name.conf") "$ssh/$Name.log"
            Wait-Until { (Get-Content "$ssh/$Name.log" -Raw -ErrorAction Ignore) -match 'Server listening' }
            $options = @{ StrictHostKeyChecking = 'no'; UserKnownHostsFile = '/dev/null'; LogLevel = 'ERROR'; IdentitiesOnly = 'yes' }
            $session = New-PSSession -HostName 127.0.0.1 -Port $port -UserName (
                [Environment]::UserName) -KeyFilePath "$ssh/user" -Options $options
            [pscustomobject]@{ Name = $Name; Home = $machineHome; Server = $server; Session = $session }
        }

        $machines = 'one', 'two', 'three' | ForEach-Object { New-Machine $_ }
    }

    AfterAll { $machines.Session | Where-Object State -EQ Opened | Remove-PSSession }

    It "makes every row once on three machines, and again nothing, in any order$noRemoting" -Skip:([bool]$noRemoting) {
        $csv = New-Csv shots.csv (1..6 | ForEach-Object { "shot-$_" })
        & $script -Path $csv -Session $machines.Session -Destination "$TestDrive/videos" -Module $LumaModulePath -WhatIf
        $service.SubmitCount | Should -Be 0

        $report = & $script -Path $csv -Session $machines.Session -Destination "$TestDrive/videos" -Module $LumaModulePath
        $report.Count | Should -Be 6
        $report.Problem | Where-Object { $_ } | Should -BeNullOrEmpty
        @($report.Status | Sort-Object -Unique) | Should -Be 'Succeeded'
        $report | Group-Object Host | ForEach-Object Count | Should -Be 2, 2, 2
        $report.SavedPath | ForEach-Object { $_ | Should -Exist }
        $service.SubmitCount | Should -Be 6
        Get-ChildItem $TestDrive -Filter *.plan.csv | Should -BeNullOrEmpty

        # Two more rows, and another machine for each.
        $csv = New-Csv shots.csv (8..1 | ForEach-Object { "shot-$_" })
        $again = & $script -Path $csv -Session $machines.Session[1, 0] -Destination "$TestDrive/videos" -Module $LumaModulePath
        $again.Count | Should -Be 8
        $service.SubmitCount | Should -Be 8
        $service.VideoRequestCount | Should -Be 8
        foreach ($row in $report) { ($again | Where-Object Name -EQ $row.Name).JobId | Should -Be $row.JobId }
    }

    It "reports what failed, and goes on$noRemoting" -Skip:([bool]$noRemoting) {
        $csv = New-Csv bad.csv 'b-1', 'b-2', 'b-3'
        (Get-Content $csv -Raw).Replace('"the video b-2"', '""') | Set-Content $csv
        $service.Misbehave('Submit', [Luma.Sandbox.SandboxFault]::FailJob('no faces'))
        $report = & $script -Path $csv -Session $machines.Session[0] -Destination "$TestDrive/videos" -Module $LumaModulePath
        $report.Count | Should -Be 3
        ($report | Where-Object Name -EQ b-2).Problem | Should -BeLike '*not submitted*'
        ($report | Where-Object Status -EQ Failed).Problem | Should -BeLike 'LumaJobFailed*no faces*'
        @($report | Where-Object Status -EQ Succeeded).Count | Should -Be 1
    }

    It "refuses <Kind>, and sends nothing$noRemoting" -Skip:([bool]$noRemoting) -ForEach @(
        @{ Kind = 'rows without a name'; Names = 'x', ''; Message = '*no Name*' }
        @{ Kind = 'a name that stands there twice'; Names = 'x', 'X'; Message = '*more than once*' }
    ) {
        $count = $service.SubmitCount
        $csv = New-Csv "r-$([guid]::NewGuid()).csv" $Names
        { & $script -Path $csv -Session $machines.Session -Destination "$TestDrive/videos" -Module $LumaModulePath } |
            Should -Throw $Message
        $service.SubmitCount | Should -Be $count
    }

    It "makes the whole batch when a machine is killed in the middle$noRemoting" -Skip:([bool]$noRemoting) {
        $count = $service.SubmitCount
        $csv = New-Csv killed.csv (1..12 | ForEach-Object { "k-$_" })
        $service.JobSeconds = 6
        $victim = $machines[2]
        $server = $victim.Server.Id
        $wanted = $count + 12
        $below = ${function:Get-Below}.ToString()
        $killer = Start-ThreadJob {
            # Once jobs are waited for: what was submitted is in the journal then, and nothing is saved yet.
            $service = $using:service
            $asked = @($service.Requests.Where({ "$($_.Target)" -eq "Fetch" })).Count
            $deadline = [DateTime]::UtcNow.AddSeconds(90)
            while (($service.SubmitCount -lt $using:wanted -or @($service.Requests.Where({ "$($_.Target)" -eq "Fetch" })).Count -eq
                $asked) -and [DateTime]::UtcNow -lt $deadline) { Start-Sleep -Milliseconds 20 }
            & ([scriptblock]::Create($using:below)) $using:server | ForEach-Object { Stop-Process -Id $_ -Force -ErrorAction Ignore }
        }
        $report = & $script -Path $csv -Session $machines.Session -Destination "$TestDrive/videos" -Module $LumaModulePath 3>$null
        $killer | Wait-Job | Remove-Job -Force

        $victim.Session.State | Should -Not -Be 'Opened'
        $report.Count | Should -Be 12
        $report.Name | Sort-Object -Unique | Should -HaveCount 12

        # Each name once; what was saved before the kill is on the disk of the machine that saved it.
        $service.SubmitCount | Should -Be ($count + 12)
        @(
            $service.Jobs.ForEach({ $_.Fields['userPrompt'].GetString() }) | Where-Object { $_ -like '*k-*' } | Group-Object |
                Where-Object Count -NE 1
        ) | Should -BeNullOrEmpty
        @($report | Where-Object Status -EQ Succeeded).Count | Should -Be 12
        $report.SavedPath | ForEach-Object { $_ | Should -Exist }
    }
}
